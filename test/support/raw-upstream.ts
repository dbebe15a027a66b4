// A service that keeps each request as its bytes were.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface ArrivedRequest {
  /** Head, body and trailers, latin1, framing included. */
  readonly raw: string;
  /** Names and values of the head and the trailers as they came. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface RawUpstream {
  readonly port: number;
  readonly requests: readonly ArrivedRequest[];
}

/** Answers each request with 200 and `ok`, and an upgrade with 101. */
export async function startRawUpstream(t: Pick<TestContext, 'after'>): Promise<RawUpstream> {
  const requests: ArrivedRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let received = '';
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
      for (;;) {
        const length = requestLength(received);
        if (length < 0) return;
        const raw = received.slice(0, length);
        received = received.slice(length);
        requests.push({ raw, fields: fieldsOf(raw) });
        socket.write(answerTo(raw));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, requests };
}

/** The length of the first whole request; -1 while it is not there. */
function requestLength(text: string): number {
  const head = text.indexOf('\r\n\r\n') + 4;
  if (head < 4) return -1;
  if (/\r\ntransfer-encoding: *chunked\r\n/i.test(text.slice(0, head))) {
    const last = text.slice(head).search(/(^|\r\n)0\r\n([^\r\n]+\r\n)*\r\n/);
    return last < 0 ? -1 : text.indexOf('\r\n\r\n', head + last) + 4;
  }
  const length =
    head + Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length < length ? -1 : length;
}

function fieldsOf(raw: string): [string, string][] {
  const fields: [string, string][] = [];
  for (const line of raw.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return fields;
}

function answerTo(raw: string): string {
  return /\r\nupgrade: *websocket\r\n/i.test(raw)
    ? 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
}
