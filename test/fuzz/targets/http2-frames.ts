import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Exchange } from '../../../src/frontends/http/exchange.ts';
import { Http2Connection } from '../../../src/frontends/http/http2.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { testClient, testLimits } from '../../support/http-gateway.ts';
import { FLAG, FRAME, fieldBlock, frame } from '../../support/http2-frames.ts';

const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(FRAME.settings, 0, 0),
]);
const GET = [':method', 'GET', ':scheme', 'https', ':authority', 'test.com', ':path', '/'];
const POST = [':method', 'POST', ...GET.slice(2)];
const BLOCK = fieldBlock(GET);
/** Huffman coding, and fields that are put into the table and named there. */
const CODED = Buffer.from(
  '828684418cf1e3c2e5f23a6ba0ab90f4ff408825a849e95ba97d7f8925a849e95bb8e8b4bfbe',
  'hex',
);
const WINDOW = Buffer.from([0, 0, 1, 0]);

const get = (stream: number, block = BLOCK): Buffer =>
  frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, stream, block);
const post = (stream: number, ...fields: string[]): Buffer =>
  frame(FRAME.headers, FLAG.endHeaders, stream, fieldBlock([...POST, ...fields]));
const data = (stream: number, text: string, flags = 0): Buffer =>
  frame(FRAME.data, flags, stream, Buffer.from(text));

/**
 * A whole connection, and what may come over it. It never throws and never sends more than it was asked for; however
 * the bytes are cut it goes on or ends alike, and when it is over every request is.
 */
export const http2FramesTarget: FuzzTarget = {
  name: 'HTTP/2 frames',
  corpus: [
    [get(1), get(3), get(5)],
    [frame(FRAME.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 5])), get(1), get(3)],
    [post(1), data(1, 'hello'), data(1, ' world', FLAG.endStream)],
    [post(1, 'content-length', '5'), get(3), data(1, 'hello', FLAG.endStream)],
    [
      post(1),
      frame(FRAME.data, 8, 1, Buffer.from([3, 1, 2, 0, 0, 0])),
      frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, 1, fieldBlock(['x-sum', '1'])),
    ],
    [
      frame(FRAME.headers, FLAG.endStream, 1, BLOCK.subarray(0, 20)),
      frame(FRAME.continuation, 0, 1, BLOCK.subarray(20, 30)),
      frame(FRAME.continuation, FLAG.endHeaders, 1, BLOCK.subarray(30)),
    ],
    [get(1, CODED), get(3, CODED)],
    [
      frame(
        FRAME.headers,
        0x2d,
        1,
        Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 9]), BLOCK, WINDOW.subarray(0, 2)]),
      ),
      frame(FRAME.priority, 0, 3, Buffer.alloc(5)),
      frame(FRAME.ping, 0, 0, Buffer.alloc(8)),
    ],
    [
      post(1),
      frame(FRAME.reset, 0, 1, Buffer.alloc(4)),
      get(3),
      frame(FRAME.windowUpdate, 0, 0, WINDOW),
    ],
    [get(1), frame(FRAME.windowUpdate, 0, 1, WINDOW), frame(FRAME.goaway, 0, 0, Buffer.alloc(8))],
  ].map((frames) => Buffer.concat([PREFACE, ...frames])),
  tokens: [
    get(1),
    get(7),
    post(9),
    data(1, 'x'),
    data(1, '', FLAG.endStream),
    frame(FRAME.reset, 0, 1, Buffer.alloc(4)),
    frame(FRAME.settings, 0, 0, Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff])),
    frame(FRAME.settings, 0, 0, Buffer.from([0, 1, 0, 0, 0, 0])),
    frame(FRAME.settings, FLAG.ack, 0),
    frame(FRAME.ping, 0, 0, Buffer.alloc(8)),
    frame(FRAME.windowUpdate, 0, 0, WINDOW),
    frame(FRAME.windowUpdate, 0, 1, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
    frame(FRAME.continuation, FLAG.endHeaders, 1, BLOCK),
    frame(0x42, 0, 1, Buffer.alloc(3)),
    Buffer.from([0x3f, 0xe1, 0x1f]),
    Buffer.from([0x20]),
    Buffer.from([0xbe]),
    Buffer.from([0xff, 0x80, 0x01]),
    CODED,
  ],
  longest: 40_000,
  // It is read three times, at times byte by byte, and much of it is answered.
  microsecondsPerByte: 40,
  check(input, random) {
    const whole = converse([input]);
    const inPieces = converse(random.cut(input));
    // After a goodbye it depends on what was answered by then.
    const isComparable = whole !== NO_ERROR && inPieces !== NO_ERROR;
    if (isComparable) assert.equal(inPieces, whole, 'it depends on the cuts');
    return whole === null || whole === NO_ERROR;
  },
};

const NO_ERROR = 0;
const PROTOCOL_ERROR = 1;
/** Or not: a stream that was answered meanwhile is as good as one that never was. */
const STREAM_CLOSED = 5;

/** The code of the first GOAWAY that it came to; null: none. */
function converse(pieces: Iterable<Buffer>): number | null {
  const socket = new FakeSocket();
  const open = new Set<Exchange>();
  const connection = new Http2Connection(
    socket as unknown as Socket,
    {
      client: testClient,
      handle: (exchange) => {
        open.add(exchange);
        answer(exchange);
      },
      answered: (exchange) => open.delete(exchange as unknown as Exchange),
    },
    { ...testLimits, maxHeadBytes: 2000, maxStreams: 20 },
  );
  for (const piece of pieces) socket.emit('data', piece);
  connection.writer.flush();
  const code = socket.goawayCode();
  connection.destroy();
  socket.emit('close');
  assert.equal(open.size, 0, 'a request that is never over');
  return code;
}

/** By the request: what it sends back, more than windows allow, nothing, or what an origin does wrong. */
function answer(exchange: Exchange): void {
  const { request } = exchange;
  const way = request.fields.length % 4;
  exchange.onDrain = () => exchange.resumeBody();
  if (way === 3) return exchange.abort();
  exchange.respond({ status: 200, reason: '', fields: request.fields, body: { kind: 'stream' } });
  if (way === 1) exchange.write(Buffer.alloc(100_000));
  exchange.receiveBody({
    data: (bytes) => exchange.write(bytes),
    end: (trailers) => exchange.end(trailers),
    abort: () => {},
  });
}

function alike(code: number): number {
  return code === STREAM_CLOSED ? PROTOCOL_ERROR : code;
}

/** As much of a socket as a connection uses. It takes everything, in no later turn, and keeps it until it is looked at. */
class FakeSocket extends EventEmitter {
  /** As TLS: what is written is taken at once. */
  readonly encrypted = true;
  readonly #sent: Buffer[] = [];

  readonly writableHighWaterMark = 65_536;
  readonly writableLength = 0;
  readonly writableCorked = 0;
  writable = true;

  write(bytes: Buffer): boolean {
    assert.ok(this.writable, 'a write after the end');
    // Its memory is used again.
    this.#sent.push(Buffer.from(bytes));
    return true;
  }

  end(): void {
    this.writable = false;
  }

  destroy(): void {
    this.writable = false;
  }

  /** What was sent are whole frames, and nothing but resets and window updates follows the end of a stream. */
  goawayCode(): number | null {
    const bytes = Buffer.concat(this.#sent);
    this.#sent.length = 0;
    const ended = new Set<number>();
    let code: number | null = null;
    for (let at = 0; at < bytes.length; ) {
      assert.ok(at + 9 <= bytes.length, 'the head of a frame is cut');
      const end = at + 9 + bytes.readUIntBE(at, 3);
      assert.ok(end <= bytes.length, 'a frame is cut');
      const [type, flags, stream] = [bytes[at + 3], bytes[at + 4] ?? 0, bytes.readUInt32BE(at + 5)];
      if (type === FRAME.headers || type === FRAME.data) {
        assert.ok(!ended.has(stream), 'a stream goes on after its end');
        if ((flags & FLAG.endStream) !== 0) ended.add(stream);
      }
      if (type === FRAME.reset) ended.add(stream);
      if (type === FRAME.goaway) code ??= alike(bytes.readUInt32BE(at + 13));
      at = end;
    }
    return code;
  }
}
