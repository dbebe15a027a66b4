// A gateway that is told to stop lets the request in flight end first.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, watchGateway } from '../support/gateway-process.ts';
import { startHttpUpstream } from '../support/http-upstream.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ENTRY = join(import.meta.dirname, '../../bin/countersign.js');

/** A gateway started as a user starts it, with a request that its upstream has not answered yet. */
async function withRequestInFlight(t: TestContext) {
  const certificates = await scenarioCertificates('webServer');
  const arrived = Promise.withResolvers<ServerResponse>();
  const upstream = await startHttpUpstream(t, (_request, response) => arrived.resolve(response));
  const port = await freePort();
  const folder = await temporaryFolder(t, {
    'gateway.yaml': `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls:
      cert_file: ${join(certificates, 'server.crt')}
      key_file: ${join(certificates, 'server.key')}
      ca_file: ${join(certificates, 'ca.crt')}
      verify: true
    upstream: ${upstream.url}
`,
  });
  // The machine's own node, which may be too old and then hands over to the checkout's.
  const child = spawn('node', [ENTRY, 'run', join(folder, 'gateway.yaml')], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gateway: GatewayProcess = watchGateway(child);
  t.after(() => gateway.stop());
  await gateway.waitForLog((line) => line['event'] === 'listening');
  const client = ['-k', '--cert', 'client.crt', '--key', 'client.key'];
  const answer = curl([...client, `https://127.0.0.1:${port}/slow`], { cwd: certificates });
  return { gateway, child, port, answer, response: await arrived.promise };
}

const CONNECTION_REFUSED = 7;

/** The workers hear of it a moment after it is logged. */
async function exitOfNewClient(port: number): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const { exitCode } = await curl(['-k', `https://127.0.0.1:${port}/`]);
    if (exitCode === CONNECTION_REFUSED || attempt === 10) return exitCode;
    await sleep(100);
  }
}

describe('stopping with a request in flight', needs('curl', 'openssl'), () => {
  test('SIGTERM: the request is answered, new connections are not taken, the status is 0', async (t) => {
    const { gateway, child, port, answer, response } = await withRequestInFlight(t);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await gateway.waitForLog((line) => line['event'] === 'stopping');
    assert.equal(await exitOfNewClient(port), CONNECTION_REFUSED);
    response.end('late, but whole');
    assert.equal((await answer).body, 'late, but whole', (await answer).verbose);
    assert.deepEqual(await ended, [0, null]);
  });

  test('Ctrl-C, which reaches every process of the terminal: the request is answered', async (t) => {
    const { gateway, child, answer, response } = await withRequestInFlight(t);
    const ended = once(child, 'exit');
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await gateway.waitForLog((line) => line['event'] === 'stopping');
    setTimeout(() => response.end('late, but whole'), 500);
    assert.equal((await answer).body, 'late, but whole', (await answer).verbose);
    assert.deepEqual(await ended, [0, null]);
  });

  test('a second SIGTERM, a while after the first, ends the request', async (t) => {
    const { gateway, child, answer } = await withRequestInFlight(t);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await gateway.waitForLog((line) => line['event'] === 'stopping');
    setTimeout(() => child.kill('SIGTERM'), 1500);
    assert.notEqual((await answer).exitCode, 0);
    await ended;
  });
});
