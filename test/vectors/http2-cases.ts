// RFC 9113 and RFC 7541 frame by frame, after the cases of h2spec.
import { fieldBlock, FLAG, FRAME, frame } from '../support/http2-frames.ts';

const PUSH_PROMISE = 5;
const PADDED = 8;
const HAS_PRIORITY = 0x20;
const UNKNOWN_TYPE = 0x42;

const NO_ERROR = 0;
export const PROTOCOL_ERROR = 1;
const FLOW_CONTROL_ERROR = 3;
const STREAM_CLOSED = 5;
const FRAME_SIZE_ERROR = 6;
const COMPRESSION_ERROR = 9;

const REQUEST = [':method', 'GET', ':scheme', 'https', ':path', '/', ':authority', 'localhost'];
const POST = [':method', 'POST', ':scheme', 'https', ':path', '/', ':authority', 'localhost'];
const END = FLAG.endHeaders | FLAG.endStream;

/**
 * What has to come of it. `connection`: GOAWAY with one of these codes, and the end of the connection.
 * `stream`: a reset of the stream with one of the codes; an error of the connection is as good.
 * `cut`: as `connection`, or the end alone. `malformed`: a reset with PROTOCOL_ERROR, or the answer 400.
 * `served`: 200 and `ok`. `alive`: the connection goes on as if nothing had happened.
 */
export type Http2Outcome =
  | { readonly kind: 'connection' | 'cut' | 'stream'; readonly codes: readonly number[] }
  | { readonly kind: 'malformed' | 'served' | 'alive' };

const connectionError = (...codes: number[]): Http2Outcome => ({ kind: 'connection', codes });
const streamError = (...codes: number[]): Http2Outcome => ({ kind: 'stream', codes });
const cut = (...codes: number[]): Http2Outcome => ({ kind: 'cut', codes });
const malformed: Http2Outcome = { kind: 'malformed' };
const served: Http2Outcome = { kind: 'served' };
const alive: Http2Outcome = { kind: 'alive' };

const headers = (stream: number, list: readonly string[], flags: number = END): Buffer =>
  frame(FRAME.headers, flags, stream, fieldBlock(list));
const block = (bytes: readonly number[]): Buffer =>
  frame(FRAME.headers, END, 1, Buffer.concat([fieldBlock(REQUEST), Buffer.from(bytes)]));
const setting = (id: number, value: number): Buffer => {
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(id, 0);
  payload.writeUInt32BE(value, 2);
  return frame(FRAME.settings, 0, 0, payload);
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const reset = (stream: number, code = 8): Buffer => frame(FRAME.reset, 0, stream, u32(code));
const data = (stream: number, flags: number = FLAG.endStream, text = 'x'): Buffer =>
  frame(FRAME.data, flags, stream, Buffer.from(text));
const window = (stream: number, increment: number): Buffer =>
  frame(FRAME.windowUpdate, 0, stream, u32(increment));
const half = Math.floor(fieldBlock(REQUEST).length / 2);
const firstHalf = frame(FRAME.headers, FLAG.endStream, 1, fieldBlock(REQUEST).subarray(0, half));
const rest = fieldBlock(REQUEST).subarray(half);
const without = (name: string): string[] => {
  const at = REQUEST.indexOf(name);
  return [...REQUEST.slice(0, at), ...REQUEST.slice(at + 2)];
};

type Http2Case = readonly [name: string, outcome: Http2Outcome, ...frames: Buffer[]];

export const http2Cases: Readonly<Record<string, readonly Http2Case[]>> = {
  '4.1 frame format': [
    ['a frame of unknown type is ignored', alive, frame(UNKNOWN_TYPE, 0, 0, Buffer.alloc(8))],
    [
      'undefined flags are ignored',
      served,
      headers(1, REQUEST, END | (0xd0 & ~HAS_PRIORITY & ~PADDED)),
    ],
    ['the reserved bit is ignored', alive, frame(FRAME.ping, 0, 0x8000_0000, Buffer.alloc(8))],
  ],
  '4.2 frame size': [
    [
      'DATA of 16384 bytes is taken',
      served,
      headers(1, POST, FLAG.endHeaders),
      data(1, FLAG.endStream, 'x'.repeat(16_384)),
    ],
    [
      'longer DATA is an error',
      connectionError(FRAME_SIZE_ERROR),
      headers(1, POST, FLAG.endHeaders),
      data(1, 0, 'x'.repeat(16_385)),
    ],
    [
      'longer HEADERS are an error',
      connectionError(FRAME_SIZE_ERROR),
      frame(FRAME.headers, END, 1, Buffer.alloc(16_385)),
    ],
  ],
  '4.3 field sections': [
    [
      'a field block that can not be read',
      connectionError(COMPRESSION_ERROR),
      frame(FRAME.headers, END, 1, Buffer.from([0x40])),
    ],
    [
      'PRIORITY within a field block',
      connectionError(PROTOCOL_ERROR),
      firstHalf,
      frame(FRAME.priority, 0, 1, Buffer.alloc(5)),
    ],
    [
      'HEADERS of another stream within a field block',
      connectionError(PROTOCOL_ERROR),
      firstHalf,
      headers(3, REQUEST),
    ],
    [
      'a frame of unknown type within a field block',
      connectionError(PROTOCOL_ERROR),
      firstHalf,
      frame(UNKNOWN_TYPE, 0, 0),
    ],
  ],
  '5.1 stream states': [
    ['idle: DATA', connectionError(PROTOCOL_ERROR), data(1)],
    ['idle: RST_STREAM', connectionError(PROTOCOL_ERROR), reset(1)],
    ['idle: WINDOW_UPDATE', connectionError(PROTOCOL_ERROR), window(1, 100)],
    [
      'idle: CONTINUATION',
      connectionError(PROTOCOL_ERROR),
      frame(FRAME.continuation, FLAG.endHeaders, 1, fieldBlock(REQUEST)),
    ],
    ['idle: PRIORITY is taken', alive, frame(FRAME.priority, 0, 1, Buffer.from([0, 0, 0, 0, 15]))],
    ['half-closed: DATA', streamError(STREAM_CLOSED), headers(1, REQUEST), data(1)],
    ['half-closed: HEADERS', cut(STREAM_CLOSED), headers(1, REQUEST), headers(1, REQUEST)],
    [
      'half-closed: CONTINUATION',
      connectionError(PROTOCOL_ERROR, STREAM_CLOSED),
      headers(1, REQUEST),
      frame(FRAME.continuation, FLAG.endHeaders, 1, fieldBlock(['a', 'b'])),
    ],
    [
      'reset: HEADERS',
      streamError(STREAM_CLOSED),
      headers(1, POST, FLAG.endHeaders),
      reset(1),
      headers(1, REQUEST),
    ],
    ['closed: DATA', streamError(STREAM_CLOSED), headers(1, POST, FLAG.endHeaders), reset(1), data(1)],
    ['closed: WINDOW_UPDATE', alive, headers(1, REQUEST), window(1, 100)],
  ],
  '5.1.1 stream identifiers': [
    ['an even one', connectionError(PROTOCOL_ERROR), headers(2, REQUEST)],
    ['one lower than before', connectionError(PROTOCOL_ERROR), headers(5, REQUEST), headers(3, REQUEST)],
  ],
  '6.1 DATA': [
    ['on stream 0', connectionError(PROTOCOL_ERROR), data(0)],
    [
      'with more padding than payload',
      connectionError(PROTOCOL_ERROR),
      headers(1, POST, FLAG.endHeaders),
      frame(FRAME.data, PADDED | FLAG.endStream, 1, Buffer.from([9, 1, 2])),
    ],
    [
      'with padding',
      served,
      headers(1, POST, FLAG.endHeaders),
      frame(FRAME.data, PADDED | FLAG.endStream, 1, Buffer.from([2, 1, 0, 0])),
    ],
  ],
  '6.2 HEADERS': [
    ['on stream 0', connectionError(PROTOCOL_ERROR), headers(0, REQUEST)],
    [
      'with more padding than payload',
      connectionError(PROTOCOL_ERROR),
      frame(FRAME.headers, END | PADDED, 1, Buffer.from([9, 1])),
    ],
    [
      'with padding and priority',
      served,
      frame(
        FRAME.headers,
        END | PADDED | HAS_PRIORITY,
        1,
        Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 15]), fieldBlock(REQUEST), Buffer.alloc(3)]),
      ),
    ],
  ],
  '6.3 PRIORITY': [
    ['on stream 0', connectionError(PROTOCOL_ERROR), frame(FRAME.priority, 0, 0, Buffer.alloc(5))],
    [
      'of another length',
      streamError(FRAME_SIZE_ERROR),
      frame(FRAME.priority, 0, 1, Buffer.alloc(4)),
    ],
  ],
  '6.4 RST_STREAM': [
    ['on stream 0', connectionError(PROTOCOL_ERROR), reset(0)],
    [
      'of another length',
      connectionError(FRAME_SIZE_ERROR),
      headers(1, POST, FLAG.endHeaders),
      frame(FRAME.reset, 0, 1, Buffer.alloc(3)),
    ],
    ['with an unknown code', alive, headers(1, POST, FLAG.endHeaders), reset(1, 0xff)],
  ],
  '6.5 SETTINGS': [
    [
      'an acknowledgement with a payload',
      connectionError(FRAME_SIZE_ERROR),
      frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(6)),
    ],
    ['on a stream', connectionError(PROTOCOL_ERROR), frame(FRAME.settings, 0, 1, Buffer.alloc(0))],
    [
      'of another length',
      connectionError(FRAME_SIZE_ERROR),
      frame(FRAME.settings, 0, 0, Buffer.alloc(3)),
    ],
    ['ENABLE_PUSH of 2', connectionError(PROTOCOL_ERROR), setting(2, 2)],
    ['INITIAL_WINDOW_SIZE of 2^31', connectionError(FLOW_CONTROL_ERROR), setting(4, 0x8000_0000)],
    ['MAX_FRAME_SIZE below 16384', connectionError(PROTOCOL_ERROR), setting(5, 16_383)],
    ['MAX_FRAME_SIZE above 2^24-1', connectionError(PROTOCOL_ERROR), setting(5, 0x100_0000)],
    ['an unknown one is ignored', served, setting(0xff, 1), headers(1, REQUEST)],
    ['a header table of no bytes', served, setting(1, 0), headers(1, REQUEST)],
  ],
  '6.6 PUSH_PROMISE': [
    [
      'from a client',
      cut(PROTOCOL_ERROR),
      headers(1, REQUEST),
      frame(PUSH_PROMISE, FLAG.endHeaders, 1, Buffer.concat([u32(2), fieldBlock(REQUEST)])),
    ],
  ],
  '6.7 PING': [
    ['on a stream', connectionError(PROTOCOL_ERROR), frame(FRAME.ping, 0, 1, Buffer.alloc(8))],
    [
      'of another length',
      connectionError(FRAME_SIZE_ERROR),
      frame(FRAME.ping, 0, 0, Buffer.alloc(6)),
    ],
    [
      'an acknowledgement nobody waits for',
      alive,
      frame(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8, 1)),
    ],
  ],
  '6.8 GOAWAY': [
    ['on a stream', connectionError(PROTOCOL_ERROR), frame(FRAME.goaway, 0, 1, Buffer.alloc(8))],
  ],
  '6.9 WINDOW_UPDATE': [
    ['of 0 for the connection', connectionError(PROTOCOL_ERROR), window(0, 0)],
    [
      'of 0 for a stream',
      streamError(PROTOCOL_ERROR),
      headers(1, POST, FLAG.endHeaders),
      window(1, 0),
    ],
    [
      'of another length',
      connectionError(FRAME_SIZE_ERROR),
      frame(FRAME.windowUpdate, 0, 0, Buffer.alloc(3)),
    ],
    [
      'past 2^31-1 for the connection',
      connectionError(FLOW_CONTROL_ERROR),
      window(0, 0x7fff_ffff),
      window(0, 0x7fff_ffff),
    ],
    [
      'past 2^31-1 for a stream',
      streamError(FLOW_CONTROL_ERROR),
      headers(1, POST, FLAG.endHeaders),
      window(1, 0x7fff_ffff),
      window(1, 0x7fff_ffff),
    ],
    [
      'one that makes up for a window of no bytes',
      served,
      setting(4, 0),
      headers(1, REQUEST),
      window(1, 10),
    ],
    ['a larger window by SETTINGS', served, setting(4, 0), headers(1, REQUEST), setting(4, 100)],
  ],
  '6.10 CONTINUATION': [
    [
      'several',
      served,
      firstHalf,
      frame(FRAME.continuation, 0, 1, rest.subarray(0, 3)),
      frame(FRAME.continuation, FLAG.endHeaders, 1, rest.subarray(3)),
    ],
    [
      'followed by another frame',
      connectionError(PROTOCOL_ERROR),
      firstHalf,
      frame(FRAME.continuation, 0, 1, rest),
      data(1),
    ],
    [
      'on stream 0',
      connectionError(PROTOCOL_ERROR),
      firstHalf,
      frame(FRAME.continuation, FLAG.endHeaders, 0, rest),
    ],
    [
      'after the end of the field block',
      connectionError(PROTOCOL_ERROR),
      headers(1, POST, FLAG.endHeaders),
      frame(FRAME.continuation, FLAG.endHeaders, 1, fieldBlock(['a', 'b'])),
    ],
    [
      'after DATA',
      connectionError(PROTOCOL_ERROR),
      headers(1, POST, FLAG.endHeaders),
      data(1, 0),
      frame(FRAME.continuation, FLAG.endHeaders, 1, fieldBlock(['a', 'b'])),
    ],
  ],
  '7 error codes': [
    [
      'GOAWAY with an unknown one',
      connectionError(NO_ERROR),
      frame(FRAME.goaway, 0, 0, Buffer.concat([u32(0), u32(0xff)])),
    ],
  ],
  '8.1 requests': [
    [
      'trailers that do not end the stream',
      malformed,
      headers(1, POST, FLAG.endHeaders),
      data(1, 0),
      headers(1, ['a', 'b'], FLAG.endHeaders),
    ],
    ['trailers', served, headers(1, POST, FLAG.endHeaders), data(1, 0), headers(1, ['a', 'b'])],
    ['an upper-case field name', malformed, headers(1, [...REQUEST, 'X-Test', 'a'])],
    ['an unknown pseudo-field', malformed, headers(1, [...REQUEST, ':test', 'a'])],
    ['a pseudo-field of responses', malformed, headers(1, [...REQUEST, ':status', '200'])],
    [
      'a pseudo-field among the trailers',
      malformed,
      headers(1, POST, FLAG.endHeaders),
      data(1, 0),
      headers(1, [':method', 'POST']),
    ],
    ['a pseudo-field after a field', malformed, headers(1, ['a', 'b', ...REQUEST])],
    ['connection', malformed, headers(1, [...REQUEST, 'connection', 'keep-alive'])],
    ['keep-alive', malformed, headers(1, [...REQUEST, 'keep-alive', 'timeout=5'])],
    ['transfer-encoding', malformed, headers(1, [...REQUEST, 'transfer-encoding', 'chunked'])],
    ['upgrade', malformed, headers(1, [...REQUEST, 'upgrade', 'h2c'])],
    ['te other than trailers', malformed, headers(1, [...REQUEST, 'te', 'trailers, deflate'])],
    ['te: trailers', served, headers(1, [...REQUEST, 'te', 'trailers'])],
    ['an empty :path', malformed, headers(1, [...without(':path'), ':path', ''])],
    ['no :method', malformed, headers(1, without(':method'))],
    ['no :scheme', malformed, headers(1, without(':scheme'))],
    ['no :path', malformed, headers(1, without(':path'))],
    ['two :method', malformed, headers(1, [':method', 'GET', ...REQUEST])],
    ['two :path', malformed, headers(1, [':path', '/', ...REQUEST])],
    [
      'a length other than that of one DATA',
      malformed,
      headers(1, [...POST, 'content-length', '2'], FLAG.endHeaders),
      data(1),
    ],
    [
      'a length other than that of several DATA',
      malformed,
      headers(1, [...POST, 'content-length', '3'], FLAG.endHeaders),
      data(1, 0),
      data(1),
    ],
  ],
  'RFC 7541': [
    ['index 0', connectionError(COMPRESSION_ERROR), block([0x80])],
    ['an index past the tables', connectionError(COMPRESSION_ERROR), block([0xff, 0x80, 0x01])],
    [
      'a table size past the setting',
      connectionError(COMPRESSION_ERROR),
      frame(
        FRAME.headers,
        END,
        1,
        Buffer.concat([Buffer.from([0x3f, 0xe2, 0x1f]), fieldBlock(REQUEST)]),
      ),
    ],
    ['a table size at the end of a block', connectionError(COMPRESSION_ERROR), block([0x20])],
    [
      'Huffman padding of more than 7 bits',
      connectionError(COMPRESSION_ERROR),
      block([0, 1, 0x61, 0x84, 0x49, 0x50, 0x9f, 0xff]),
    ],
    [
      'Huffman padding of zeros',
      connectionError(COMPRESSION_ERROR),
      block([0, 1, 0x61, 0x81, 0x18]),
    ],
    [
      'the end-of-string symbol',
      connectionError(COMPRESSION_ERROR),
      block([0, 1, 0x61, 0x84, 0xff, 0xff, 0xff, 0xff]),
    ],
    [
      'an integer without end',
      connectionError(COMPRESSION_ERROR),
      block([0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]),
    ],
  ],
};

