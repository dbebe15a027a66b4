import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ChunkedDecoder, chunkHead, lastChunk } from './chunked.ts';

test('a body encoded in any chunks and cut into any segments is the same body', () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
  const cuts = fc.array(fc.nat(3000), { maxLength: 20 });
  fc.assert(
    fc.property(pieces, cuts, fc.boolean(), (chunks, at, hasTrailers) => {
      const trailers = hasTrailers ? 'X-Sum: 1\r\nX-B:\r\n' : '';
      const encoded = Buffer.concat([
        ...chunks.flatMap((chunk) => [
          Buffer.from(chunkHead(chunk.length)),
          chunk,
          Buffer.from('\r\n'),
        ]),
        Buffer.from(`${lastChunk(trailers)}behind`),
      ]);
      const decoded = decode(encoded, at);
      assert.deepEqual(decoded.data, Buffer.concat(chunks));
      assert.equal(decoded.trailers, trailers);
      assert.equal(encoded.subarray(decoded.end).toString(), 'behind');
    }),
  );
});

test('whatever comes, the decoder does not throw, and cutting it differently changes nothing', () => {
  const text = fc.stringMatching(/^[0-9a-f]{0,3}[;a="\\ \r\n:xX0-9]*$/);
  fc.assert(
    fc.property(fc.array(text), fc.array(fc.nat(200), { maxLength: 10 }), (texts, at) => {
      const bytes = Buffer.from(texts.join('\r\n'));
      const { data, trailers, refused, end } = decode(bytes, at);
      const whole = decode(bytes, []);
      assert.deepEqual(data, whole.data);
      assert.equal(trailers, whole.trailers);
      assert.equal(refused, whole.refused);
      if (!refused) assert.equal(end, whole.end);
    }),
    { numRuns: 500 },
  );
});

test('data comes as a view of the segment, a whole segment as itself', () => {
  const decoder = new ChunkedDecoder();
  decoder.read(Buffer.from('10\r\n'), 0);
  const segment = Buffer.from('0123456789');
  assert.equal(decoder.read(segment, 0), 10);
  assert.equal(decoder.piece, segment);
});

function decode(
  bytes: Buffer,
  cuts: readonly number[],
): { data: Buffer; trailers: string; refused: boolean; end: number } {
  const decoder = new ChunkedDecoder();
  const pieces: Buffer[] = [];
  const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length];
  let start = 0;
  let end = 0;
  for (const stop of ends.toSorted((a, b) => a - b)) {
    const segment = bytes.subarray(start, stop);
    for (let at = 0; at < segment.length && !decoder.isOver; ) {
      at = decoder.read(segment, at);
      if (decoder.piece !== null) pieces.push(decoder.piece);
      end = start + at;
    }
    start = stop;
  }
  const { trailers, refusal } = decoder;
  return { data: Buffer.concat(pieces), trailers, refused: refusal !== null, end };
}
