// An HTTP/2 client that sends the frames a test gives it, well-formed or not (RFC 9113, RFC 7541).
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** One frame as bytes. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A field block of literals without indexing or Huffman coding; any bytes may stand in it. */
export function fieldBlock(list: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < list.length; i += 2) {
    parts.push(Buffer.from([0]), literal(list[i] ?? ''), literal(list[i + 1] ?? ''));
  }
  return Buffer.concat(parts);
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length = [Math.min(bytes.length, 127)];
  if (bytes.length >= 127) {
    let rest = bytes.length - 127;
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

export class FrameClient {
  readonly socket: TLSSocket;
  readonly frames: Frame[] = [];
  readonly closed: Promise<unknown>;
  #buffer: Buffer = Buffer.alloc(0);

  /** Connects with ALPN h2 and sends the preface, and SETTINGS with these pairs. */
  static async open(
    t: Pick<TestContext, 'after'>,
    port: number,
    settings: readonly (readonly [number, number])[] = [],
  ): Promise<FrameClient> {
    const socket = connect({
      host: '127.0.0.1',
      port,
      ALPNProtocols: ['h2'],
      rejectUnauthorized: false,
    });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    return FrameClient.over(socket, settings);
  }

  /** On a connection that is there, sends the preface, and SETTINGS with these pairs. */
  static over(
    socket: TLSSocket,
    settings: readonly (readonly [number, number])[] = [],
  ): FrameClient {
    const client = new FrameClient(socket);
    const payload = Buffer.alloc(settings.length * 6);
    settings.forEach(([id, value], i) => {
      payload.writeUInt16BE(id, i * 6);
      payload.writeUInt32BE(value, i * 6 + 2);
    });
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    client.send(frame(FRAME.settings, 0, 0, payload));
    return client;
  }

  constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
  }

  send(...frames: readonly Buffer[]): void {
    if (this.socket.writable) this.socket.write(Buffer.concat(frames));
  }

  request(stream: number, list: readonly string[], flags: number = FLAG.endStream): void {
    this.send(frame(FRAME.headers, flags | FLAG.endHeaders, stream, fieldBlock(list)));
  }

  /** The first frame that matches, when it has come; null when the connection ends before. */
  async next(type: number, stream: number): Promise<Frame | null> {
    for (;;) {
      const found = this.frames.find((item) => item.type === type && item.stream === stream);
      if (found !== undefined) return found;
      if (this.socket.destroyed || this.socket.readableEnded) return null;
      const more = new Promise((resolve) => this.socket.once('more', resolve));
      await Promise.race([more, this.closed]);
    }
  }

  /** All DATA of a stream so far. */
  body(stream: number): string {
    const frames = this.frames.filter((item) => item.type === FRAME.data && item.stream === stream);
    return Buffer.concat(frames.map(({ payload }) => payload)).toString('latin1');
  }

  #read(bytes: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    while (this.#buffer.length >= 9) {
      const length = this.#buffer.readUIntBE(0, 3);
      if (this.#buffer.length < 9 + length) break;
      const head = this.#buffer;
      this.#buffer = head.subarray(9 + length);
      this.frames.push({
        type: head[3] ?? 0,
        flags: head[4] ?? 0,
        stream: head.readUInt32BE(5),
        payload: head.subarray(9, 9 + length),
      });
    }
    this.socket.emit('more');
  }
}
