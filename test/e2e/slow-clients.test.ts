// Admitted clients that hold on to what they have got: each kind loses its connection, and its place
// with it, and a good client is served all the while.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { FLAG, FRAME, FrameClient, fieldBlock, frame } from '../support/http2-frames.ts';
import { BIG_BYTES, LimitedGateway, until } from '../support/limited-gateway.ts';
import { needs } from '../support/programs.ts';

const OF_EACH = 3;

/** What a slow client does on a connection that was made for it. */
type Slowness = (socket: TLSSocket) => void;

/** Sends `text` over and over while the connection is there. */
function drip(socket: TLSSocket, text: string | Buffer): void {
  const timer = setInterval(() => socket.write(text), 100);
  socket.on('close', () => clearInterval(timer));
}

/** Reads no more from now on: what comes fills the way between. */
function stopReading(socket: TLSSocket): void {
  socket.pause();
  socket.removeAllListeners('data');
}

const http1: Record<string, Slowness> = {
  'sends nothing': () => {},
  'sends its head by the byte': (socket) => {
    socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\nX-A: ');
    drip(socket, 'a');
  },
  'sends half a head': (socket) => socket.write('GET /x HTTP/1.1\r\nHost: local'),
  'sends one request and then nothing': (socket) => {
    socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n');
  },
  'sends half a body': (socket) => {
    socket.write('POST /upstream HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf');
  },
  'sends half a chunk': (socket) => {
    socket.write(
      'POST /upstream HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf',
    );
  },
  'does not read a large answer': (socket) => {
    stopReading(socket);
    socket.write('GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(8));
  },
  'does not read many small answers': (socket) => {
    stopReading(socket);
    for (let i = 0; i < 200; i++) {
      socket.write(`GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(2000));
    }
  },
};

const WINDOW = 4;
const WIDE = Buffer.from([0x7f, 0, 0, 0]);

function request(method: string, path: string): Buffer {
  return fieldBlock([
    ':method',
    method,
    ':scheme',
    'https',
    ':authority',
    'localhost',
    ':path',
    path,
  ]);
}

const get = FLAG.endStream | FLAG.endHeaders;
const http2: Record<string, Slowness> = {
  'sends nothing': () => {},
  'sends half a preface': (socket) => socket.write('PRI * HTTP/2.0\r\n'),
  'sends settings and then nothing': (socket) => void FrameClient.over(socket),
  'pings and asks for nothing': (socket) => {
    FrameClient.over(socket);
    drip(socket, frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
  },
  'sends a head without its end': (socket) => {
    FrameClient.over(socket).send(frame(FRAME.headers, FLAG.endStream, 1, request('GET', '/x')));
  },
  'sends half a body': (socket) => {
    const client = FrameClient.over(socket);
    client.send(frame(FRAME.headers, FLAG.endHeaders, 1, request('POST', '/upstream')));
    client.send(frame(FRAME.data, 0, 1, Buffer.from('half')));
  },
  'has windows of a byte': (socket) => {
    const client = FrameClient.over(socket, [[WINDOW, 1]]);
    for (let i = 0; i < 20; i++) {
      client.send(
        frame(FRAME.headers, get, i * 2 + 1, request('GET', i % 2 === 0 ? '/big' : '/x')),
      );
    }
  },
  'has windows of a byte, and opens them by the byte': (socket) => {
    const client = FrameClient.over(socket, [[WINDOW, 1]]);
    client.send(frame(FRAME.headers, get, 1, request('GET', '/big')));
    drip(socket, frame(FRAME.windowUpdate, 0, 1, Buffer.from([0, 0, 0, 1])));
  },
  'does not read': (socket) => {
    stopReading(socket);
    const client = FrameClient.over(socket, [[WINDOW, 0x7fff_ffff]]);
    stopReading(socket);
    client.send(frame(FRAME.windowUpdate, 0, 0, WIDE));
    for (let i = 0; i < 20; i++) {
      client.send(frame(FRAME.headers, get, i * 2 + 1, request('GET', '/big')));
    }
  },
};

/** Clients that keep their side open after ours is closed, or the other way round. */
const halfOpen: Record<string, Slowness> = {
  'keeps its side after the last answer': (socket) => {
    socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  },
  'keeps its side after a refusal': (socket) => socket.write('no request\r\n\r\n'),
  'ends its side within a request': (socket) => {
    socket.end('POST /upstream HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf');
  },
  'ends its side without a request': (socket) => socket.end(),
};

/** A service that reads and never answers; its port. */
async function silentUpstream(t: TestContext): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** How many of so many further clients are admitted at the same time. */
async function freePlaces(gateway: LimitedGateway, places: number): Promise<number> {
  const probes = await Promise.allSettled(Array.from({ length: places }, () => gateway.admitted()));
  const taken = probes.filter(({ status }) => status === 'fulfilled').length;
  for (const probe of probes) if (probe.status === 'fulfilled') probe.value.destroy();
  return taken;
}

describe('slow clients', { concurrency: true, ...needs('openssl') }, () => {
  const protocols: [string, Record<string, Slowness>, 'http/1.1' | 'h2'][] = [
    ['HTTP/1.1', http1, 'http/1.1'],
    ['HTTP/2', http2, 'h2'],
    ['HTTP/1.1, half-open', halfOpen, 'http/1.1'],
  ];
  for (const [protocol, kinds, alpn] of protocols) {
    test(`over ${protocol} lose their connections, each kind`, async (t) => {
      const names = Object.keys(kinds);
      const places = names.length * OF_EACH + 2;
      const gateway = await LimitedGateway.start(t, {
        limits: `connections: ${places}, idle: 500ms, head_timeout: 500ms, stall_timeout: 500ms`,
        routes: `
      - match: { path: /upstream }
        upstream: http://127.0.0.1:${await silentUpstream(t)}
`,
      });
      const slow: { readonly name: string; readonly socket: TLSSocket }[] = [];
      for (const name of names) {
        for (let i = 0; i < OF_EACH; i++) {
          const socket = await gateway.admitted(alpn);
          socket.allowHalfOpen = kinds === halfOpen;
          socket.on('data', () => {});
          kinds[name]?.(socket);
          slow.push({ name, socket });
        }
      }
      // Every place is free again once the gateway holds none of them, whatever they hold themselves.
      const giveUp = performance.now() + 20_000;
      for (let free = 0; free < places; free = await freePlaces(gateway, places)) {
        assert.ok(performance.now() < giveUp, `${free} of ${places} places are free`);
        await sleep(500);
        assert.equal(await gateway.ask(), 'one');
      }
      // One that reads nothing notices only when it does.
      for (const { socket } of slow) socket.resume();
      if (kinds === halfOpen) return;
      const left = (): string[] =>
        slow.filter(({ socket }) => !socket.closed).map(({ name }) => name);
      await until(() => left().length === 0, `${left().join(', ')}: still there`);
      for (const { name, socket } of slow) {
        if (name.startsWith('does not read')) assert.ok(socket.bytesRead < 8 * BIG_BYTES, name);
      }
    });
  }
});
