import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test, type TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { startHttpGateway } from '../../../test/support/http-gateway.ts';
import { type KeyPair, OpensslCa } from '../../../test/support/openssl-certificates.ts';
import { proxyTo } from '../../../test/support/proxy-origin.ts';
import {
  type ScriptedConnection,
  startScriptedUpstream,
} from '../../../test/support/scripted-upstream.ts';
import type { HttpLimits } from './options.ts';

const ASKS =
  'GET /chat HTTP/1.1\r\nHost: test.com\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
const SWITCHES =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

let ca: OpensslCa;
let certificate: KeyPair;
before(() => {
  ca = new OpensslCa('ca');
  certificate = ca.issue('localhost', ['DNS:localhost']);
});
after(() => ca.remove());

test('an upgrade is passed on, and then bytes both ways, whatever they are', async (t) => {
  const { client, upstream } = await setup(t, ({ socket }) => socket.write(`${SWITCHES}\0early`));
  client.write(ASKS);
  const answer = await client.until('early');
  assert.match(answer, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  assert.match(answer, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
  assert.match(answer, /\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\0early$/);
  const connection = upstream.connections[0];
  assert.ok(connection !== undefined);
  assert.match(connection.received, /\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n$/);
  assert.match(connection.received, /\r\nX-Client-User: derek\r\n/);

  client.write('GET /not-a-request HTTP/1.1\r\n\r\nping');
  await connection.until('ping');
  connection.socket.write('pong');
  await client.until('pong');
  connection.socket.end();
  await client.closed;
});

test('bytes that the client sent before the answer follow it', async (t) => {
  const { client, upstream } = await setup(t, ({ socket }) => {
    setTimeout(() => socket.write(SWITCHES), 30);
  });
  client.write(`${ASKS}hasty`);
  await client.until('\r\n\r\n');
  await upstream.connections[0]?.until('hasty');
});

test('a refused upgrade is a response, and the connection goes on', async (t) => {
  const { client, upstream } = await setup(t, ({ socket }, count) => {
    socket.write(`HTTP/1.1 ${count === 1 ? 403 : 200} X\r\nContent-Length: 2\r\n\r\nno`);
  });
  client.write(ASKS);
  await client.until('\r\n\r\nno');
  assert.match(client.received, /^HTTP\/1\.1 403 X\r\n/);
  client.write('GET / HTTP/1.1\r\nHost: test.com\r\n\r\n');
  await client.until('HTTP/1.1 200 X\r\n');
  assert.equal(upstream.connections.length, 1);
});

test('a 101 to another protocol is no answer', async (t) => {
  const { client } = await setup(t, ({ socket }) => {
    socket.write('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
  });
  client.write(ASKS);
  assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 502 /);
});

test('a megabyte each way arrives whole, and either side that goes away takes the other with it', async (t) => {
  const { client, upstream } = await setup(t, ({ socket }) => socket.write(SWITCHES));
  client.write(ASKS);
  await client.until('\r\n\r\n');
  const connection = upstream.connections[0];
  assert.ok(connection !== undefined);
  client.write(`${'a'.repeat(1 << 20)}!`);
  connection.socket.write(`${'b'.repeat(1 << 20)}!`);
  await Promise.all([connection.until('!'), client.until('b!')]);
  assert.equal(client.received.length - client.received.indexOf('\r\n\r\n') - 5, 1 << 20);
  client.socket.destroy();
  await connection.closed;
});

test('a tunnel may be silent for longer than anything may stall, but not outlive its lifetime', async (t) => {
  const limits = { stallTimeoutMs: 100, idleTimeoutMs: 100, lifetimeMs: 1200 };
  const { client, upstream } = await setup(t, ({ socket }) => socket.write(SWITCHES), limits);
  const began = performance.now();
  client.write(ASKS);
  await client.until('\r\n\r\n');
  await Promise.all([client.closed, upstream.connections[0]?.closed]);
  assert.ok(performance.now() - began > 1000);
});

test('a tunnel whose client takes nothing ends', async (t) => {
  const { client, upstream } = await setup(
    t,
    ({ socket }) => {
      socket.write(SWITCHES);
      const fill = (): void => {
        while (socket.write(Buffer.alloc(1 << 16)));
      };
      socket.on('drain', fill);
      fill();
    },
    { stallTimeoutMs: 100 },
  );
  client.write(ASKS);
  await client.until('\r\n\r\n');
  client.socket.pause();
  await upstream.connections[0]?.closed;
});

test('a tunnel that one side has ended does not wait for the other for ever', async (t) => {
  const limits = { stallTimeoutMs: 100 };
  const { client, upstream } = await setup(t, ({ socket }) => socket.write(SWITCHES), limits, true);
  client.write(ASKS);
  await client.until('\r\n\r\n');
  upstream.connections[0]?.socket.end();
  await once(client.socket, 'end');
  await upstream.connections[0]?.closed;
});

interface Client {
  readonly socket: TLSSocket;
  readonly received: string;
  readonly closed: Promise<unknown>;
  readonly write: (text: string) => void;
  readonly until: (text: string) => Promise<string>;
}

interface Setup {
  readonly client: Client;
  readonly upstream: { readonly connections: readonly ScriptedConnection[] };
}

async function setup(
  t: TestContext,
  onHead: (connection: ScriptedConnection, count: number) => void,
  limits: Partial<HttpLimits> = {},
  allowHalfOpen = false,
): Promise<Setup> {
  const upstream = await startScriptedUpstream(t, onHead);
  const gateway = await startHttpGateway(t, certificate, proxyTo(t, upstream.port).origin, limits);
  const socket = connect({
    host: '127.0.0.1',
    port: gateway.port,
    servername: 'localhost',
    ca: ca.root.certPem,
    ALPNProtocols: ['http/1.1'],
  });
  socket.allowHalfOpen = allowHalfOpen;
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  let received = '';
  socket.on('data', (bytes: Buffer) => {
    received += bytes.toString('latin1');
    socket.emit('more');
  });
  const client: Client = {
    socket,
    get received() {
      return received;
    },
    closed: once(socket, 'close'),
    write: (text) => void socket.write(text, 'latin1'),
    until: async (text) => {
      while (!received.includes(text)) await once(socket, 'more');
      return received;
    },
  };
  return { client, upstream };
}
