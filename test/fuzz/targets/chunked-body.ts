import assert from 'node:assert/strict';
import { ChunkedDecoder, chunkHead, lastChunk } from '../../../src/frontends/http/wire/chunked.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { textMutations } from '../../support/mutation.ts';
import { CHUNK_TOKENS } from '../../vectors/fuzz/tokens.ts';

/** Chunked bodies. However they are cut they are the same, and written again they are read the same. */
export const chunkedBodyTarget: FuzzTarget = {
  name: 'chunked body',
  corpus: [
    '0\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\n',
    '2\r\nhe\r\n003\r\nllo\r\n00\r\nX-Sum: 1\r\nX-More:\r\n\r\n',
    'A;a;b=c;d="e\\";f"\r\nhellohello\r\n0;x=y\r\n\r\n',
    '5\r\n0\r\n\r\n\r\n0\r\nSet-Cookie: a\r\nX-Client-User: b\r\n\r\n',
    `${'1\r\nx\r\n'.repeat(50)}0\r\n\r\n`,
  ].map((text) => Buffer.from(text)),
  tokens: CHUNK_TOKENS,
  mutations: textMutations,
  check(input, random) {
    const whole = decode([input]);
    assert.deepEqual(decode(random.cut(input)), whole);
    assert.ok(whole.data.length <= input.length);
    assert.ok(whole.reads <= input.length + 1, `${whole.reads} reads`);
    if (!whole.isDone) return false;
    const { data, trailers } = whole;
    assert.match(trailers, /^([!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*$/);
    assert.doesNotMatch(
      trailers,
      /^(content-[^:]*|transfer-encoding|host|x-client-[^:]*|cookie):/im,
    );
    const pieces = [...random.cut(data)];
    const chunks = pieces.flatMap((piece) => [Buffer.from(chunkHead(piece.length)), piece, CRLF]);
    const again = decode([Buffer.concat([...chunks, Buffer.from(lastChunk(trailers), 'latin1')])]);
    assert.deepEqual([again.data, again.trailers, again.isDone], [data, trailers, true]);
    return true;
  },
};

const CRLF = Buffer.from('\r\n');

interface Decoded {
  readonly data: Buffer;
  readonly trailers: string;
  readonly isDone: boolean;
  readonly fault: string | null;
  /** Bytes taken, where the body is not refused. */
  readonly taken: number | null;
}

function decode(pieces: Iterable<Buffer>): Decoded & { reads: number } {
  const decoder = new ChunkedDecoder();
  const data: Buffer[] = [];
  let taken = 0;
  let reads = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length && !decoder.isOver; ) {
      const next = decoder.read(piece, at);
      assert.ok(next > at, 'no step forward');
      taken += next - at;
      reads++;
      at = next;
      if (decoder.piece !== null) data.push(decoder.piece);
    }
  }
  const { trailers, isDone, refusal } = decoder;
  return Object.defineProperty(
    {
      data: Buffer.concat(data),
      trailers,
      isDone,
      fault: refusal?.fault ?? null,
      taken: refusal === null ? taken : null,
      reads: 0,
    },
    'reads',
    { value: reads, enumerable: false },
  );
}
