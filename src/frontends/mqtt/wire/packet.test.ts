import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sized } from '../../../../test/support/mqtt-packets.ts';
import { INCOMPLETE, MALFORMED, sizeBytes, SizeReader } from './packet.ts';

const sizes = new SizeReader();

test('sizes are read as they are written, and no shorter', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 268_435_455 }), (size) => {
      const bytes = sizeBytes(size);
      assert.deepEqual(bytes, sized(size));
      assert.equal(sizes.read(Uint8Array.from([9, ...bytes, 7]), 1, bytes.length + 2), size);
      assert.equal(sizes.end, bytes.length + 1);
      for (let most = 0; most < bytes.length; most += 1) {
        assert.equal(sizes.read(Uint8Array.from(bytes), 0, most), INCOMPLETE);
      }
    }),
  );
  for (const size of [0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455]) {
    assert.equal(sizes.read(Uint8Array.from(sizeBytes(size)), 0, 4), size);
  }
});

test('a size of five bytes, or of more than it needs, is none', () => {
  for (const bytes of [
    [0xff, 0xff, 0xff, 0xff],
    [0x80, 0x80, 0x80, 0x80, 0x01],
    [0x80, 0x00],
    [0xff, 0x80, 0x00],
  ]) {
    assert.equal(sizes.read(Uint8Array.from(bytes), 0, bytes.length), MALFORMED, String(bytes));
  }
});
