// A listener that takes anybody, with routes for verified clients alone and fields of the routes' own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodePrivateKey } from '../../src/pki/keys.ts';
import { extension, forge, type Forged } from '../support/forged-certificate.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { RawClient } from '../support/raw-client.ts';
import { type RawUpstream, startRawUpstream } from '../support/raw-upstream.ts';

const FORGED = 'CN=forged-by-the-client';
const cleanups: (() => unknown)[] = [];
const context = { after: (clean: unknown): void => void cleanups.push(clean as () => unknown) };
let upstream: RawUpstream;
let alice: RawClient;
let nobody: RawClient;

before(async () => {
  upstream = await startRawUpstream(context);
  const ca = forge({ subject: 'CN=ca', extensions: [extension.ca()] });
  const names = [extension.names({ kind: 'dns', value: 'localhost' })];
  const server = forge({ subject: 'CN=localhost', issuer: ca, extensions: names });
  const client = forge({ subject: 'CN=alice', issuer: ca });
  const port = await freePort();
  const configuration = `
listeners:
  - listen: 127.0.0.1:${port}
    tls:
      cert_file: server.crt
      key_file: server.key
      ca_file: ca.crt
      verify: optional
      skip_paths: [/private/open]
    routes:
      - match: { path: /private/* }
        verify: true
        upstream: http://127.0.0.1:${upstream.port}
      - upstream: http://127.0.0.1:${upstream.port}
        headers: { X-SSL-Client-DN: $client_dn, X-SSL-Verify: $client_verify, X-Debug: "" }
`;
  await runGateway(context, configuration, {
    'ca.crt': ca.pem,
    'server.crt': server.pem,
    'server.key': pemKey(server),
  });
  const common = { host: '127.0.0.1', port, servername: 'localhost', ca: ca.pem };
  nobody = new RawClient(common);
  alice = new RawClient({ ...common, cert: client.pem, key: pemKey(client) });
});

after(async () => {
  nobody.close();
  alice.close();
  for (const clean of cleanups.toReversed()) await clean();
});

test('a client without a certificate reaches only what is for everybody', async () => {
  assert.equal((await nobody.ask(get('/open'))).status, 200);
  assert.equal((await nobody.ask(get('/private/x'))).status, 400);
  assert.equal((await alice.ask(get('/private/x'))).status, 200);
});

test('a route for verified clients is one on a path that needs no certificate as well', async () => {
  assert.equal((await nobody.ask(get('/private/open'))).status, 400);
  assert.equal((await alice.ask(get('/private/open'))).status, 200);
});

test('fields of the route replace what the client sent, in head and trailers', async () => {
  for (const client of [alice, nobody]) {
    const dn = client === alice ? ['CN=alice'] : [];
    const verify = client === alice ? 'SUCCESS' : 'NONE';
    const forged = ['X-SSL-Client-DN', 'x_ssl_client_dn', 'X-Ssl-Verify', 'X-Debug'];
    const lines = forged.map((name) => `${name}: ${FORGED}\r\n`).join('');
    const requests = [
      `GET / HTTP/1.1\r\nHost: localhost\r\n${lines}\r\n`,
      `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n${lines}\r\n`,
    ];
    for (const request of requests) {
      const seen = upstream.requests.length;
      assert.equal((await client.ask(request)).status, 200);
      const arrived = upstream.requests[seen]?.raw ?? '';
      assert.ok(!arrived.includes(FORGED), arrived);
      const values = [...arrived.matchAll(/^X-SSL-Client-DN: (.*)\r$/gm)].map(([, value]) => value);
      assert.deepEqual(values, dn);
      assert.match(arrived, new RegExp(`^X-SSL-Verify: ${verify}\\r$`, 'm'));
    }
  }
});

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

function pemKey(certificate: Forged): string {
  return encodePrivateKey(certificate.keys.privateKey);
}
