import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { after, before, test, type TestContext } from 'node:test';
import { FakeExchange } from '../../../../test/support/fake-exchange.ts';
import { type KeyPair, OpensslCa } from '../../../../test/support/openssl-certificates.ts';
import { proxyTo, type TestProxy } from '../../../../test/support/proxy-origin.ts';
import type { UpstreamTlsOptions } from '../../../upstreams/options.ts';

let ca: OpensslCa;
let api: KeyPair;
let gateway: KeyPair;
before(() => {
  ca = new OpensslCa('ca');
  api = ca.issue('api.internal', ['DNS:api.internal']);
  gateway = ca.issue('gateway', ['DNS:gateway']);
});
after(() => ca.remove());

test('megabytes both ways over mutual TLS, on one connection', async (t) => {
  let connections = 0;
  const server = createServer({
    cert: api.certPem,
    key: api.keyPem,
    ca: ca.root.certPem,
    requestCert: true,
  });
  server.on('secureConnection', () => connections++);
  server.on('request', (request, response) => {
    response.setHeader('X-Peer', String(request.socket.remotePort));
    if (request.headers['content-length'] !== undefined) {
      response.setHeader('Content-Length', request.headers['content-length']);
    }
    request.pipe(response);
  });
  const { origin } = proxy(t, await listen(t, server), gateway);
  for (const bodyLengthKnown of [true, false]) {
    const body = Array.from({ length: 64 }, (_, i) => Buffer.alloc(65_537, i));
    const exchange = new FakeExchange({ method: 'POST', body, bodyLengthKnown, window: 100_000 });
    origin.handle(exchange);
    const answer = await exchange.answer;
    assert.equal(answer.outcome, 'ended');
    assert.ok(answer.body.equals(Buffer.concat(body)));
  }
  assert.equal(connections, 1);
});

test('an upstream that wants another certificate, or has one, is 502', async (t) => {
  const server = createServer({ cert: api.certPem, key: api.keyPem });
  server.on('request', (_request, response) => response.end('ok'));
  const port = await listen(t, server);
  const wrongName = proxy(t, port, gateway, { serverName: 'other.internal' });
  const exchange = new FakeExchange();
  wrongName.origin.handle(exchange);
  assert.equal((await exchange.answer).status, 502);
  assert.deepEqual(wrongName.failures, ['host-mismatch']);

  const strict = createServer({
    cert: api.certPem,
    key: api.keyPem,
    ca: ca.root.certPem,
    requestCert: true,
  });
  strict.on('request', (_request, response) => response.end('ok'));
  const anonymous = proxy(t, await listen(t, strict), null);
  const refused = new FakeExchange();
  anonymous.origin.handle(refused);
  assert.equal((await refused.answer).status, 502);
});

function proxy(
  t: TestContext,
  port: number,
  own: KeyPair | null,
  changes: Partial<UpstreamTlsOptions> = {},
): TestProxy {
  const tls: UpstreamTlsOptions = {
    caPem: [ca.root.certPem],
    certPem: own?.certPem ?? null,
    keyPem: own?.keyPem ?? null,
    serverName: 'api.internal',
    allowPeers: null,
    pins: new Set(),
    alpn: [],
    ...changes,
  };
  return proxyTo(t, port, { upstream: { tls } });
}

async function listen(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<import('node:net').Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}
