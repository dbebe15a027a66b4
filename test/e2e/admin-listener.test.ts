// The admin listener: it tells whether the gateway lives and is ready, and answers to its own name only.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as tls from 'node:tls';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Administered {
  readonly gateway: GatewayProcess;
  readonly path: string;
  readonly port: number;
}

/** A gateway with two workers; `admin` is the address of its admin listener. */
async function administered(t: TestContext, admin: string): Promise<Administered> {
  const port = await freePort();
  const path = join(await temporaryFolder(t), 'gateway.yaml');
  await writeFile(path, await configuration(port, admin));
  return { gateway: await startGateway(t, ['run', path]), path, port };
}

async function configuration(port: number, admin: string): Promise<string> {
  const certificates = await scenarioCertificates('webServer');
  return `
listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: ${certificates}/server.crt, key_file: ${certificates}/server.key }
    upstream: 'echo:'
admin: { listen: '${admin}' }
workers: 2
`;
}

/** Asks until the answer has this status, and gives its body. */
async function whenStatus(url: string, status: number): Promise<Record<string, unknown>> {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await curl([url]);
    if (answer.status === status) return JSON.parse(answer.body) as Record<string, unknown>;
    await delay(50);
  }
  throw new Error(`${url} never answered ${status}`);
}

test('the admin listener of a gateway with two workers', needs('curl'), async (t) => {
  const admin = await freePort();
  const { gateway, path, port } = await administered(t, `127.0.0.1:${admin}`);
  const base = `http://127.0.0.1:${admin}`;

  await t.test('it tells that the gateway lives and is ready', async () => {
    assert.equal((await curl([`${base}/healthz`])).body, '{"status":"ok"}');
    assert.deepEqual(await whenStatus(`${base}/readyz`, 200), {
      status: 'ready',
      reason: null,
      listeners: [{ name: `127.0.0.1:${port}`, address: `127.0.0.1:${port}` }],
      workers: { configured: 2, ready: 2 },
    });
  });

  await t.test('it answers to its own names only, whatever is asked for', async () => {
    for (const host of ['evil.example', `evil.example:${admin}`, '127.0.0.1', '']) {
      for (const page of ['/', '/healthz', '/none']) {
        const { status, body } = await curl(['-H', `Host: ${host}`, base + page]);
        const isRefused = host === '' ? status === 421 || status === 400 : status === 421;
        assert.ok(isRefused, `${host} ${page} ${status} ${body}`);
      }
    }
    const named = await curl(['-H', `Host: localhost:${admin}`, `${base}/healthz`]);
    assert.equal(named.status, 200);
  });

  await t.test('the dashboard is there, and nobody else may use it', async () => {
    const { status, headers, body } = await curl([`${base}/`]);
    assert.equal(status, 200);
    assert.match(body, /<html/);
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('access-control-allow-origin'), undefined);
    assert.equal((await curl(['--path-as-is', `${base}/../package.json`])).status, 404);
    assert.equal((await curl(['-X', 'POST', `${base}/`])).status, 404);
  });

  await t.test('it moves with the configuration, unless it can not', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port: takenPort } = taken.address() as { port: number };
    await writeFile(path, await configuration(port, `127.0.0.1:${takenPort}`));
    const failed = await gateway.waitForLog((line) => line['event'] === 'reload-failed');
    assert.match(
      String(failed['msg']),
      new RegExp(`127.0.0.1:${takenPort}: the address is in use`),
    );
    assert.equal((await curl([`${base}/readyz`])).status, 200);
    taken.close();

    const other = await freePort();
    await writeFile(path, await configuration(port, `localhost:${other}`));
    await gateway.waitForLog((line) => line['event'] === 'reloaded');
    assert.equal((await curl([`http://localhost:${other}/readyz`])).status, 200);
    assert.equal((await curl([`${base}/readyz`])).exitCode, 7, 'refused');
    await writeFile(path, await configuration(port, `127.0.0.1:${admin}`));
    await whenStatus(`${base}/readyz`, 200);
  });

  await t.test('it tells of a worker that died', async () => {
    const pids = execFileSync('pgrep', ['-P', String(gateway.process.pid)], { encoding: 'utf8' });
    process.kill(Number.parseInt(pids), 'SIGKILL');
    const { reason } = await whenStatus(`${base}/readyz`, 503);
    assert.equal(reason, '1 of 2 workers accept connections');
    await whenStatus(`${base}/readyz`, 200);
  });

  await t.test('it tells of draining until the last connection is gone', async () => {
    const client = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    client.on('error', () => {});
    await once(client, 'secureConnect');
    client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n');
    await once(client.resume(), 'session');
    const stopping = gateway.stop();
    const { reason } = await whenStatus(`${base}/readyz`, 503);
    assert.match(String(reason), /draining/);
    assert.equal((await curl([`${base}/healthz`])).status, 200);
    client.destroy();
    assert.equal(await stopping, 0);
  });
});

test('a unix socket is for the same user alone', needs('curl'), async (t) => {
  const socket = join(await temporaryFolder(t), 'admin.sock');
  await administered(t, `unix:${socket}`);
  assert.equal(statSync(socket).mode & 0o777, 0o600);
  const answer = await curl(['--unix-socket', socket, 'http://any/readyz']);
  assert.equal(answer.status, 200);
});

test('an address in use is told', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as { port: number };
  await assert.rejects(
    administered(t, `127.0.0.1:${port}`),
    new RegExp(`cannot listen on 127.0.0.1:${port}: the address is in use`),
  );
});
