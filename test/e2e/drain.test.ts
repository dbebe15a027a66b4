// A gateway that is told to stop lets the request in flight end first.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { capturedHello } from '../support/captured-hello.ts';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, runGateway, watchGateway } from '../support/gateway-process.ts';
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

/** Opens a connection, sends these bytes, and nothing more. */
async function stall(t: TestContext, port: number, bytes: Uint8Array): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes);
}

describe('stopping with clients that stall in the handshake', needs('curl', 'openssl'), () => {
  for (const workers of [1, 2]) {
    test(`of ${workers} workers: nobody waits for them`, async (t) => {
      const certificates = await scenarioCertificates('webServer');
      const port = await freePort();
      const gateway = await runGateway(
        t,
        `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls:
      cert_file: ${join(certificates, 'server.crt')}
      key_file: ${join(certificates, 'server.key')}
      timeout: 1h
    upstream: "echo:"
workers: ${workers}
`,
      );
      const hello = await capturedHello();
      for (const length of [0, 1, hello.length - 1, hello.length]) {
        await stall(t, port, hello.subarray(0, length));
      }
      // All of them are in the handshake once a later one is through it.
      await curl(['-k', `https://127.0.0.1:${port}/`]);
      const stopped = once(gateway.process, 'exit').then(([status]: unknown[]) => status);
      gateway.process.kill('SIGTERM');
      assert.equal(await Promise.race([stopped, sleep(LONG_MS)]), 0);
    });
  }
});

/** Less than requests in flight are given. */
const LONG_MS = 9000;
