import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  createServer as createTlsServer,
  type Server as TlsServer,
  type TLSSocket,
} from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { extension, forge } from '../../test/support/forged-certificate.ts';
import { OpensslCa } from '../../test/support/openssl-certificates.ts';
import { parseCertificate } from '../pki/certificate.ts';
import { parseName } from '../pki/name.ts';
import { OID } from '../pki/oids.ts';
import { decodeCertificates } from '../pki/pem.ts';
import type { AllowedPeer } from '../tls/server-judge.ts';
import { Dialer, type DialResult } from './dial.ts';
import type { UpstreamAddress, UpstreamOptions, UpstreamTlsOptions } from './options.ts';

let ca: OpensslCa;
let other: OpensslCa;
const servers: (Server | TlsServer)[] = [];
const sockets = new Set<Socket>();

before(() => {
  ca = new OpensslCa('upstream ca');
  other = new OpensslCa('other ca');
});
after(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  ca.remove();
  other.remove();
});

test('connects over tcp, to a name with both address families, and to a unix socket', async () => {
  const port = await listen(createServer((socket) => socket.end('hello')));
  assert.equal(await greeting(tcp(port)), 'hello');
  assert.equal(await greeting({ kind: 'tcp', host: 'localhost', port }), 'hello');

  const dir = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  const path = join(dir, 'upstream.sock');
  const server = createServer((socket) => socket.end('from a path'));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  assert.equal(await greeting({ kind: 'unix', path }), 'from a path');
  rmSync(dir, { recursive: true });
});

test('says why a plain dial failed', async () => {
  const port = await listen(createServer());
  await new Promise((resolve) => servers.pop()?.close(resolve));
  assert.equal(await outcome(options(tcp(port))), 'refused');
  assert.equal(await outcome(options({ kind: 'unix', path: '/nonexistent/socket' })), 'refused');
  assert.equal(
    await outcome(options({ kind: 'tcp', host: 'no-such-host.invalid', port })),
    'name-not-found',
  );
});

test('a server that accepts and never speaks TLS costs the connect timeout', async () => {
  const port = await listen(createServer(() => {}));
  assert.equal(await outcome(options(tcp(port), tls(), 100)), 'timeout');
});

test('verifies the chain, the name and the validity of the server', async () => {
  const named = await tlsServer('api.internal', ['DNS:api.internal', 'IP:127.0.0.1']);
  assert.equal(
    await outcome(options(tcp(named), tls({ caPem: [other.root.certPem] }))),
    'unknown-issuer',
  );
  assert.equal(
    await outcome(options(tcp(named), tls({ serverName: 'else.internal' }))),
    'host-mismatch',
  );
  assert.equal(await outcome(options(tcp(named), tls())), 'connected');
  assert.equal(await outcome(options(tcp(named), tls({ serverName: '127.0.0.1' }))), 'connected');
  assert.equal(
    await outcome(options(tcp(named), tls({ serverName: '127.0.0.2' }))),
    'host-mismatch',
  );

  const expired = await tlsServer('api.internal', ['DNS:api.internal'], -1);
  assert.equal(await outcome(options(tcp(expired), tls())), 'expired');
});

test('where peers are named, one of the names decides and the server name does not', async () => {
  const workload = await tlsServer('api', ['URI:spiffe://example.org/api']);
  const to = (...allowPeers: AllowedPeer[]): Promise<string> =>
    outcome(options(tcp(workload), tls({ allowPeers })));
  assert.equal(await outcome(options(tcp(workload), tls())), 'host-mismatch');
  assert.equal(await to({ kind: 'uri', uri: 'spiffe://example.org/api' }), 'connected');
  assert.equal(await to({ kind: 'uri', uri: 'spiffe://example.org/API' }), 'peer-not-allowed');
  assert.equal(await to({ kind: 'dn', name: parseName('CN=api') }), 'connected');
  assert.equal(await to({ kind: 'dn', name: parseName('CN=ap') }), 'peer-not-allowed');
  assert.equal(await to({ kind: 'dn', name: parseName('CN=api,O=x') }), 'peer-not-allowed');
  assert.equal(await to({ kind: 'host', name: 'api' }), 'peer-not-allowed');
  assert.equal(await to(), 'peer-not-allowed');
  const either = [
    { kind: 'host', name: 'api.internal' },
    { kind: 'dn', name: parseName('CN=api') },
  ] as const;
  assert.equal(await to(...either), 'connected');
  const named = await tlsServer('x', ['DNS:api.internal']);
  const allowPeers = [{ kind: 'host', name: 'API.internal' }] as const;
  const elsewhere = { serverName: 'front.example', allowPeers };
  assert.equal(await outcome(options(tcp(named), tls(elsewhere))), 'connected');
  const foreign = tls({ ...elsewhere, caPem: [other.root.certPem] });
  assert.equal(await outcome(options(tcp(named), foreign)), 'unknown-issuer');
});

test('a pinned key is asked for beside everything else', async () => {
  const pair = ca.issue('api', ['DNS:api.internal']);
  const pin = parseCertificate(decodeCertificates(pair.certPem)[0] ?? Buffer.alloc(0)).spkiPin;
  const port = await listen(createTlsServer({ cert: pair.certPem, key: pair.keyPem }));
  const withPins = (pins: string[], changes = {}): Promise<string> =>
    outcome(options(tcp(port), tls({ pins: new Set(pins), ...changes })));
  assert.equal(await withPins([pin]), 'connected');
  assert.equal(await withPins(['0'.repeat(64)]), 'pin-mismatch');
  assert.equal(await withPins(['0'.repeat(64), pin]), 'connected');
  assert.equal(await withPins([pin], { serverName: 'else' }), 'host-mismatch');
  assert.equal(await withPins([pin], { caPem: [other.root.certPem] }), 'unknown-issuer');
});

test('a client certificate is not that of a server', async () => {
  const notBefore = Date.now() - 86_400_000;
  const notAfter = Date.now() + 86_400_000;
  const root = forge({ subject: 'CN=root', extensions: [extension.ca()], notBefore, notAfter });
  const leaf = forge({
    subject: 'CN=api.internal',
    issuer: root,
    notBefore,
    notAfter,
    extensions: [
      extension.names({ kind: 'dns', value: 'api.internal' }),
      extension.purposes(OID.clientAuth),
    ],
  });
  const key = leaf.keys.privateKey.export({ format: 'pem', type: 'pkcs8' });
  const port = await listen(createTlsServer({ cert: leaf.pem, key }));
  assert.equal(await outcome(options(tcp(port), tls({ caPem: [root.pem] }))), 'wrong-purpose');
});

test('a leaf named as its own trust anchor is trusted as configured', async () => {
  const pair = ca.issue('pinned', ['DNS:api.internal']);
  const port = await listen(createTlsServer({ cert: pair.certPem, key: pair.keyPem }));
  assert.equal(await outcome(options(tcp(port), tls({ caPem: [pair.certPem] }))), 'connected');
});

test('sends the server name, except where it is an address', async () => {
  const names: (string | false | null)[] = [];
  const identity = ['DNS:api.internal', 'IP:127.0.0.1'];
  const port = await tlsServer('api.internal', identity, 10, (socket) => {
    names.push('servername' in socket ? (socket.servername as string | false) : null);
    socket.end('x');
  });
  await greeting(tcp(port), tls());
  await greeting(tcp(port), tls({ serverName: '127.0.0.1' }));
  assert.deepEqual(names, ['api.internal', false]);
});

test('shows its own certificate, and negotiates ALPN', async () => {
  const pair = ca.issue('api.internal', ['DNS:api.internal']);
  const gateway = ca.issue('gateway', ['DNS:gateway']);
  const subjects: string[] = [];
  const server = createTlsServer(
    {
      cert: pair.certPem,
      key: pair.keyPem,
      ca: [ca.root.certPem],
      requestCert: true,
      ALPNProtocols: ['h2', 'http/1.1'],
    },
    (socket) => {
      sockets.add(socket);
      subjects.push(String(socket.getPeerCertificate().subject.CN));
      socket.end('known');
    },
  );
  const port = await listen(server);
  const result = await dial(options(tcp(port), tls({ ...gateway, alpn: ['h2'] })));
  assert.ok(result.ok);
  assert.equal(result.alpn, 'h2');
  assert.equal(await text(result.socket), 'known');
  assert.deepEqual(subjects, ['gateway']);
});

test('sessions are resumed, and never under another configuration', async () => {
  const reused: boolean[] = [];
  const port = await tlsServer('api.internal', ['DNS:api.internal'], 10, (socket) => {
    if ('isSessionReused' in socket)
      reused.push((socket as { isSessionReused(): boolean }).isSessionReused());
    socket.end('x');
  });
  const dialer = new Dialer(options(tcp(port), tls()));
  for (let i = 0; i < 3; i++) {
    const result = await once(dialer);
    assert.ok(result.ok, JSON.stringify(result));
    await text(result.socket);
  }
  assert.deepEqual(reused, [false, true, true]);
  assert.equal(
    await outcome(options(tcp(port), tls({ caPem: [other.root.certPem] }))),
    'unknown-issuer',
  );
});

test('a session is not resumed once a certificate that it was verified with has expired', async () => {
  const notBefore = Date.now() - 86_400_000;
  const root = forge({
    subject: 'CN=root',
    extensions: [extension.ca()],
    notBefore,
    notAfter: Date.now() + 86_400_000,
  });
  const notAfter = Math.ceil(Date.now() / 1000) * 1000 + 1000;
  const leaf = forge({
    subject: 'CN=api.internal',
    issuer: root,
    notBefore,
    notAfter,
    extensions: [extension.names({ kind: 'dns', value: 'api.internal' })],
  });
  const key = leaf.keys.privateKey.export({ format: 'pem', type: 'pkcs8' });
  const port = await listen(createTlsServer({ cert: leaf.pem, key }, (socket) => socket.end('x')));
  const dialer = new Dialer(options(tcp(port), tls({ caPem: [root.pem] })));
  for (const isReused of [false, true]) {
    const result = await once(dialer);
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal((result.socket as TLSSocket).isSessionReused(), isReused);
    await text(result.socket);
  }
  await sleep(notAfter - Date.now() + 1100);
  assert.equal(codeOf(await once(dialer)), 'expired');
});

test('after three timeouts one probe at a time is let through', async () => {
  const port = await listen(createServer(() => {}));
  const dialer = new Dialer(options(tcp(port), tls(), 60));
  const first = await Promise.all([once(dialer), once(dialer), once(dialer)]);
  assert.deepEqual(first.map(codeOf), ['timeout', 'timeout', 'timeout']);
  const second = await Promise.all([once(dialer), once(dialer)]);
  assert.deepEqual(second.map(codeOf).toSorted(), ['circuit-open', 'timeout']);
  assert.equal(dialer.health().state, 'down');
});

function options(
  address: UpstreamAddress,
  tlsOptions: UpstreamTlsOptions | null = null,
  connectTimeoutMs = 2000,
): UpstreamOptions {
  return {
    name: 'test',
    address,
    tls: tlsOptions,
    connectTimeoutMs,
    idleTimeoutMs: 1000,
    maxIdle: 4,
  };
}

function tls(changes: Partial<UpstreamTlsOptions> = {}): UpstreamTlsOptions {
  return {
    caPem: [ca.root.certPem],
    certPem: null,
    keyPem: null,
    serverName: 'api.internal',
    allowPeers: null,
    pins: new Set(),
    alpn: [],
    ...changes,
  };
}

function tcp(port: number): UpstreamAddress {
  return { kind: 'tcp', host: '127.0.0.1', port };
}

async function tlsServer(
  commonName: string,
  names: string[],
  days = 10,
  onSocket: (socket: Socket) => void = () => {},
): Promise<number> {
  const pair = ca.issue(commonName, names, days);
  return await listen(createTlsServer({ cert: pair.certPem, key: pair.keyPem }, onSocket));
}

async function listen(server: Server | TlsServer): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

function once(dialer: Dialer): Promise<DialResult> {
  return new Promise((resolve) => dialer.dial(resolve));
}

async function dial(upstream: UpstreamOptions): Promise<DialResult> {
  const result = await once(new Dialer(upstream));
  if (result.ok) sockets.add(result.socket);
  return result;
}

function codeOf(result: DialResult): string {
  return result.ok ? 'connected' : result.failure.code;
}

async function outcome(upstream: UpstreamOptions): Promise<string> {
  const result = await dial(upstream);
  if (result.ok) result.socket.destroy();
  return codeOf(result);
}

async function greeting(
  address: UpstreamAddress,
  tlsOptions: UpstreamTlsOptions | null = null,
): Promise<string> {
  const result = await dial(options(address, tlsOptions));
  assert.ok(result.ok);
  return await text(result.socket);
}

async function text(socket: Socket): Promise<string> {
  let received = '';
  for await (const chunk of socket) received += String(chunk);
  return received;
}
