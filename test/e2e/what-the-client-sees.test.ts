// What a refused client of an https listener learns, row by row: its protocol's words and no reason.
// The reason is in the log, found by the handshake id.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, runGateway } from '../support/gateway-process.ts';
import { type HttpUpstream, startHttpUpstream } from '../support/http-upstream.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

interface House {
  readonly folder: string;
  readonly port: number;
  readonly gateway: GatewayProcess;
  readonly upstream: HttpUpstream;
}

/** A listener with client verification; `tls` adds keys there, `rest` to the listener or the document. */
async function open(t: TestContext, tls = '', rest?: (upstream: string) => string): Promise<House> {
  const folder = await scenarioCertificates('webServer');
  const upstream = await startHttpUpstream(t);
  const port = await freePort();
  const gateway = await runGateway(
    t,
    `
workers: 1
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls:
      cert_file: ${join(folder, 'server.crt')}
      key_file: ${join(folder, 'server.key')}
      ca_file: ${join(folder, 'ca.crt')}
      verify: true
${tls}
${rest?.(upstream.url) ?? `    upstream: ${upstream.url}`}
`,
  );
  return { folder, port, gateway, upstream };
}

/** Sends a request as soon as the handshake allows and tells how the connection ended. */
async function exchange(
  { folder, port }: House,
  certificate: string | null,
  options: ConnectionOptions = {},
): Promise<{ received: string; error: string | null }> {
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: read('ca.crt'),
    ...(certificate === null
      ? {}
      : { cert: read(`${certificate}.crt`), key: read(`${certificate}.key`) }),
    ...options,
  });
  let received = '';
  let error: string | null = null;
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
  });
  socket.on('error', (fault: NodeJS.ErrnoException) => {
    error = fault.code ?? fault.message;
  });
  socket.on('secureConnect', () => {
    socket.write('GET /private HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  });
  await closeOf(socket);
  return { received, error };
}

/** Waits for the end, whether an error came before it or not. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** The one refused handshake of the log whose id the text names. */
async function refusalNamedIn(gateway: GatewayProcess, text: string): Promise<unknown> {
  const line = await gateway.waitForLog(
    ({ event, id, cause }) =>
      (event === 'handshake' || event === 'request-refused') &&
      typeof cause === 'string' &&
      typeof id === 'string' &&
      id !== '' &&
      text.includes(id),
  );
  return line['cause'];
}

describe('what a refused https client sees', needs('curl', 'openssl'), () => {
  test('no certificate: alert certificate_required on TLS 1.3, handshake_failure on 1.2', async (t) => {
    const house = await open(t);
    // Many times, as an alert that is followed by a reset would be lost now and then.
    for (let round = 0; round < 25; round++) {
      const { received, error } = await exchange(house, null);
      assert.equal(received, '');
      assert.equal(error, 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', `round ${round}`);
    }
    const old = await exchange(house, null, { maxVersion: 'TLSv1.2' });
    assert.equal(old.error, 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE');
    assert.equal(house.upstream.requests.length, 0);
  });

  const bad = [
    ['expired', 'expired'],
    ['purpose', 'wrong-purpose'],
  ] as const;
  for (const [certificate, cause] of bad) {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      test(`bad certificate (${cause}, ${maxVersion}): closed, nothing it sent is parsed`, async (t) => {
        const house = await open(t);
        const { received } = await exchange(house, certificate, { maxVersion });
        assert.equal(received, '');
        assert.equal(house.upstream.requests.length, 0);
        const line = await house.gateway.waitForLog((entry) => entry['outcome'] === 'refused');
        assert.equal(line['cause'], cause);
      });
    }
  }

  test('bad certificate with refusal: http: 400 with the handshake id', async (t) => {
    const house = await open(t, '      refusal: http');
    const { received } = await exchange(house, 'expired');
    assert.match(received, /^HTTP\/1\.1 400 /);
    assert.match(received, /^content-type: application\/problem\+json\r$/im);
    assert.doesNotMatch(received, /expired/, 'the reason is for the operator alone');
    assert.equal(await refusalNamedIn(house.gateway, received), 'expired');
    assert.equal(house.upstream.requests.length, 0);
  });

  test('bad certificate with refusal: http over HTTP/2: 400 with the handshake id', async (t) => {
    const house = await open(t, '      refusal: http');
    const args = ['-k', '--http2', '--cert', 'expired.crt', '--key', 'expired.key'];
    const answer = await curl([...args, `https://127.0.0.1:${house.port}/`], { cwd: house.folder });
    assert.equal(answer.status, 400, answer.verbose);
    assert.equal(answer.version, 'HTTP/2');
    assert.equal(await refusalNamedIn(house.gateway, answer.body), 'expired');
  });

  test('skip_paths: no certificate is needed there; other paths get 400 with the handshake id', async (t) => {
    const house = await open(t, '      skip_paths: [/health, /public/*]');
    const get = (path: string) =>
      curl(['-k', '--path-as-is', `https://127.0.0.1:${house.port}${path}`], { cwd: house.folder });
    assert.equal((await get('/health')).status, 200);
    assert.equal((await get('/public/a')).status, 200);
    assert.equal(house.upstream.requests.length, 2);
    assert.equal(house.upstream.requests[0]?.headers['x-client-verify'], 'NONE');
    for (const path of [
      '/private',
      '/healthy',
      '/public',
      '/public/../private',
      '/public/..%2fprivate',
    ]) {
      const answer = await get(path);
      assert.equal(answer.status, 400, path);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json', path);
    }
    const refused = await get('/private');
    assert.equal(await refusalNamedIn(house.gateway, refused.body), 'no-certificate');
    assert.equal(house.upstream.requests.length, 2);
    const { received } = await exchange(house, 'client');
    assert.match(received, /^HTTP\/1\.1 200 /);
  });

  test('user not allowed: 403 with the handshake id', async (t) => {
    const house = await open(
      t,
      '      verify_and_map: true',
      (upstream) => `
    routes:
      - match: { path: /private }
        allow: [alice@example.com]
        upstream: ${upstream}
      - match: { path: /* }
        upstream: ${upstream}
authorization:
  users:
    - user: alice@example.com
    - user: mallory@example.com
`,
    );
    const allowed = await exchange(house, 'client');
    assert.match(allowed.received, /^HTTP\/1\.1 200 /);
    assert.equal(house.upstream.requests[0]?.headers['x-client-user'], 'alice@example.com');
    for (const version of ['--http1.1', '--http2']) {
      const args = ['-k', version, '--cert', 'other.crt', '--key', 'other.key'];
      const url = `https://127.0.0.1:${house.port}/private`;
      const answer = await curl([...args, url], { cwd: house.folder });
      assert.equal(answer.status, 403, answer.verbose);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.equal(await refusalNamedIn(house.gateway, answer.body), 'user-not-allowed');
    }
    assert.equal(house.upstream.requests.length, 1);
  });

  test('verify_and_map: a certificate that maps to no user is refused', async (t) => {
    const house = await open(
      t,
      '      verify_and_map: true',
      (upstream) => `
    upstream: ${upstream}
authorization:
  users:
    - user: alice@example.com
`,
    );
    const { received } = await exchange(house, 'other');
    assert.equal(received, '');
    const line = await house.gateway.waitForLog((entry) => entry['outcome'] === 'refused');
    assert.equal(line['cause'], 'no-user-matches');
    assert.equal(house.upstream.requests.length, 0);
  });

  test('plain HTTP on the port: 400 in words, and nothing goes on', async (t) => {
    const house = await open(t);
    const socket = connectPlain(house.port, '127.0.0.1');
    socket.setEncoding('latin1');
    let received = '';
    socket.on('data', (text: string) => {
      received += text;
    });
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await closeOf(socket);
    assert.match(received, /^HTTP\/1\.1 400 /);
    assert.match(received, /The plain HTTP request was sent to HTTPS port/);
    const line = await house.gateway.waitForLog((entry) => entry['outcome'] === 'refused');
    assert.equal(line['cause'], 'plain-http');
    assert.equal(house.upstream.requests.length, 0);
  });
});
