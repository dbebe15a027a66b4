import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2, createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { createServer as createHttpsServer, request } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import * as tls from 'node:tls';
import { scenarioCertificates } from '../../test/support/scenario-certificates.ts';
import { needs } from '../../test/support/programs.ts';
import { type ClientIdentity, type MutualTlsOptions, mutualTls } from './mutual-tls.ts';

type Pair = { cert?: Buffer; key?: Buffer };

async function pair(name: string): Promise<Required<Pair>> {
  const folder = await scenarioCertificates('webServer');
  return {
    cert: readFileSync(join(folder, `${name}.crt`)),
    key: readFileSync(join(folder, `${name}.key`)),
  };
}

async function guardWith(options: Partial<MutualTlsOptions>) {
  const folder = await scenarioCertificates('webServer');
  const ca = readFileSync(join(folder, 'ca.crt'));
  return mutualTls({ ...(await pair('server')), ca, ...options });
}

async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** What an https server with the guard says of a client; rejects where the handshake fails. */
async function identified(
  t: TestContext,
  options: Partial<MutualTlsOptions>,
  client: Pair,
  allow?: readonly string[],
): Promise<ClientIdentity> {
  const guard = await guardWith(options);
  let identity: ClientIdentity | undefined;
  const server = createHttpsServer(guard.tlsOptions, (incoming, response) => {
    identity = guard.identify(incoming, allow);
    response.end('done');
  });
  const port = await listen(t, server);
  await new Promise<void>((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      agent: false,
      ...client,
    });
    outgoing.on('response', (response) => void text(response).then(() => resolve()));
    outgoing.on('error', reject);
    outgoing.end();
  });
  assert.ok(identity !== undefined);
  return identity;
}

function summary({ decision, user }: ClientIdentity): string {
  return decision.decision === 'admit' ? `admit ${user}` : `refuse ${decision.code}`;
}

describe('the identity of an https request', needs('openssl'), () => {
  test('a verified client is admitted, as nobody where there are no users', async (t) => {
    assert.equal(summary(await identified(t, {}, await pair('client'))), 'admit null');
  });

  test('and as its user where it maps to one', async (t) => {
    const users = ['alice@example.com'];
    const identity = await identified(t, { users, verifyAndMap: true }, await pair('client'));
    assert.equal(summary(identity), 'admit alice@example.com');
    assert.equal(identity.certificate?.subjectAltNames[0]?.kind, 'email');
  });

  test('with mapping another client of the same CA is refused', async (t) => {
    const options = { users: ['alice@example.com'], verifyAndMap: true };
    assert.equal(
      summary(await identified(t, options, await pair('other'))),
      'refuse no-user-matches',
    );
  });

  test('allow names who may', async (t) => {
    const users = ['alice@example.com', 'mallory@example.com'];
    const client = await pair('client');
    const allowed = await identified(t, { users }, client, ['alice@example.com']);
    assert.equal(summary(allowed), 'admit alice@example.com');
    const other = await identified(t, { users }, client, ['mallory@example.com']);
    assert.equal(summary(other), 'refuse user-not-allowed');
    assert.equal(summary(await identified(t, { users }, client, [])), 'refuse user-not-allowed');
  });

  test('a pin that is not the key refuses', async (t) => {
    const options = { pinnedCerts: ['00'.repeat(32)] };
    assert.equal(
      summary(await identified(t, options, await pair('client'))),
      'refuse pin-mismatch',
    );
  });

  for (const name of ['expired', 'purpose', 'none'] as const) {
    test(`mode true: the handshake of a client with certificate "${name}" fails`, async (t) => {
      const client = name === 'none' ? {} : await pair(name);
      await assert.rejects(identified(t, {}, client));
    });
  }

  test('optional admits a client without certificate and refuses a bad one', async (t) => {
    assert.equal(summary(await identified(t, { verify: 'optional' }, {})), 'admit null');
    const bad = await identified(t, { verify: 'optional' }, await pair('expired'));
    assert.equal(summary(bad), 'refuse expired');
  });

  test('observe admits everyone, and a bad certificate is nobody', async (t) => {
    const users = ['CN=expired'];
    const identity = await identified(t, { verify: 'observe', users }, await pair('expired'));
    assert.equal(summary(identity), 'admit null');
    assert.equal(identity.verdict.kind, 'failed');
  });
});

test('a tls socket and an http2 stream are identified alike', needs('openssl'), async (t) => {
  const guard = await guardWith({ users: ['alice@example.com'], verifyAndMap: true });
  const client = { ...(await pair('client')), rejectUnauthorized: false };

  const tlsServer = tls.createServer(guard.tlsOptions, (socket) => {
    socket.end(guard.identify(socket).user ?? 'nobody');
  });
  const socket = tls.connect({ ...client, port: await listen(t, tlsServer), host: '127.0.0.1' });
  assert.equal(await text(socket), 'alice@example.com');

  const http2Server = createSecureServer(guard.tlsOptions);
  http2Server.on('stream', (stream: ServerHttp2Stream) =>
    stream.end(guard.identify(stream).user ?? 'nobody'),
  );
  const port = await listen(t, http2Server);
  const session = connectHttp2(`https://127.0.0.1:${port}`, client);
  t.after(() => session.destroy());
  assert.equal(await text(session.request({ ':path': '/' })), 'alice@example.com');
});

test('a source that is no TLS connection is a fault', async () => {
  const guard = await guardWith({});
  assert.throws(() => guard.identify({ socket: {} } as never), TypeError);
});

test('verification without a trust bundle is never the system roots', async () => {
  const { cert, key } = await pair('server');
  assert.throws(() => mutualTls({ cert, key }), /`ca` is missing/);
  assert.throws(() => mutualTls({ cert, key, ca: 'no certificate in here' }));
});
