// HTTP/2 (RFC 9113) on bytes: one request over and over, because a whole client would cost more than the
// server under measurement.
import type { Socket } from 'node:net';
import { PatternReader } from './answer.ts';
import { type Material, open, OPERATION_LIMIT_MS } from './connection.ts';
import type { LoadPlan } from './plan.ts';
import type { Tally } from './tally.ts';

/** One connection with `plan.streams` requests at a time. */
export function http2Lane(plan: LoadPlan, material: Material, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = open(
      plan,
      material,
      () => new Http2Client(socket, plan, material, tally),
    );
    socket.setTimeout(OPERATION_LIMIT_MS, () => {
      tally.fail('timed out');
      socket.destroy();
    });
    socket.on('error', (error) => {
      if (!tally.isOver()) tally.fail(error.message);
    });
    socket.on('close', () => {
      if (!tally.isOver()) tally.fail('closed by the server');
      resolve();
    });
  });
}

const TYPE = { data: 0, headers: 1, rst: 3, settings: 4, ping: 6, goaway: 7 } as const;
const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8 } as const;
const FRAME_HEAD = 9;
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const LARGEST_WINDOW = 0x7fff_ffff;
const FIRST_WINDOW = 65_535;
const SETTING_ENABLE_PUSH = 2;
const SETTING_INITIAL_WINDOW = 4;
/** HPACK, indexed fields of the static table: `:method: GET`, `:scheme: https`, `:path: /`; `:status: 200`. */
const STATIC_FIELDS = Buffer.from([0x82, 0x87, 0x84]);
const STATUS_200 = 0x88;
/** `:authority`, added to the dynamic table by the first request and named by its place there afterwards. */
const AUTHORITY = Buffer.concat([Buffer.from([0x41, 9]), Buffer.from('localhost')]);
const AUTHORITY_AGAIN = Buffer.from([0xbe]);

interface Request {
  readonly askedAt: number;
  readonly body: PatternReader;
  isOk: boolean;
  isWhole: boolean;
}

class Http2Client {
  readonly #socket: Socket;
  readonly #material: Material;
  readonly #tally: Tally;
  readonly #requests = new Map<number, Request>();
  readonly #frame = frame(
    TYPE.headers,
    FLAG.endStream | FLAG.endHeaders,
    0,
    Buffer.concat([STATIC_FIELDS, AUTHORITY_AGAIN]),
  );
  #nextStream = 1;
  #rest: Buffer | null = null;
  #out: Buffer[] = [];

  constructor(socket: Socket, { streams = 1 }: LoadPlan, material: Material, tally: Tally) {
    this.#socket = socket;
    this.#material = material;
    this.#tally = tally;
    const settings = Buffer.alloc(12);
    settings.writeUInt16BE(SETTING_ENABLE_PUSH, 0);
    settings.writeUInt16BE(SETTING_INITIAL_WINDOW, 6);
    settings.writeUInt32BE(LARGEST_WINDOW, 8);
    const window = Buffer.alloc(4);
    window.writeUInt32BE(LARGEST_WINDOW - FIRST_WINDOW);
    this.#out.push(PREFACE, frame(TYPE.settings, 0, 0, settings), frame(8, 0, 0, window));
    for (let each = 0; each < streams; each++) this.#ask();
    this.#flush();
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  #ask(): void {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const { body, bodyBytes } = this.#material;
    this.#requests.set(stream, {
      askedAt: performance.now(),
      body: new PatternReader(body, bodyBytes),
      isOk: false,
      isWhole: bodyBytes === 0,
    });
    if (stream === 1) {
      const fields = Buffer.concat([STATIC_FIELDS, AUTHORITY]);
      this.#out.push(frame(TYPE.headers, FLAG.endStream | FLAG.endHeaders, stream, fields));
      return;
    }
    const copy = Buffer.from(this.#frame);
    copy.writeUInt32BE(stream, 5);
    this.#out.push(copy);
  }

  #flush(): void {
    if (this.#out.length === 0) return;
    this.#socket.write(this.#out.length === 1 ? (this.#out[0] ?? '') : Buffer.concat(this.#out));
    this.#out = [];
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEAD) {
      const end = at + FRAME_HEAD + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      const wrong = this.#take(bytes, at, end);
      if (wrong !== null) {
        this.#tally.fail(wrong);
        this.#socket.destroy();
        return;
      }
      at = end;
    }
    this.#rest = at === bytes.length ? null : bytes.subarray(at);
    this.#flush();
    if (this.#requests.size === 0) this.#socket.destroy();
  }

  /** Takes one frame; what is wrong with it, or null. */
  #take(bytes: Buffer, at: number, end: number): string | null {
    const type = bytes[at + 3] ?? 0;
    const flags = bytes[at + 4] ?? 0;
    const stream = bytes.readUInt32BE(at + 5);
    const payload = at + FRAME_HEAD;
    if (type === TYPE.goaway) return 'GOAWAY';
    if (type === TYPE.rst) return `RST_STREAM ${bytes.readUInt32BE(payload)}`;
    if (type === TYPE.settings && (flags & FLAG.ack) === 0) {
      this.#out.push(frame(TYPE.settings, FLAG.ack, 0, Buffer.alloc(0)));
    }
    if (type === TYPE.ping && (flags & FLAG.ack) === 0) {
      this.#out.push(frame(TYPE.ping, FLAG.ack, 0, Buffer.from(bytes.subarray(payload, end))));
    }
    if (type !== TYPE.headers && type !== TYPE.data) return null;
    const request = this.#requests.get(stream);
    if (request === undefined || (flags & FLAG.padded) !== 0) return `a frame of stream ${stream}`;
    if (type === TYPE.headers) {
      request.isOk = firstField(bytes, payload) === STATUS_200;
    } else {
      const progress = end === payload ? 'more' : request.body.read(bytes, payload, end);
      if (progress === 'wrong') return 'a wrong answer';
      if (progress === 'whole') request.isWhole = true;
    }
    return (flags & FLAG.endStream) === 0 ? null : this.#answered(stream, request);
  }

  #answered(stream: number, { isOk, isWhole, askedAt }: Request): string | null {
    if (!isOk || !isWhole) return isOk ? 'a body that is too short' : 'another status than 200';
    this.#requests.delete(stream);
    this.#tally.done(askedAt);
    if (!this.#tally.isOver()) this.#ask();
    return null;
  }
}

/** The first byte of a header block behind the updates of the table's size. */
function firstField(bytes: Buffer, from: number): number {
  let at = from;
  while (((bytes[at] ?? 0) & 0xe0) === 0x20) at++;
  return bytes[at] ?? 0;
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
