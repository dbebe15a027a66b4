import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BARE_LF, HeadBuffer, INCOMPLETE, TOO_LONG } from './head-buffer.ts';

test('heads come out as they went in, however they are cut', () => {
  const heads = fc.array(fc.stringMatching(/^[a-z]{1,40}$/), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(heads, fc.array(fc.nat(300), { maxLength: 10 }), (texts, cuts) => {
      const all = Buffer.from(texts.map((text) => `${text}\r\n\r\n`).join(''));
      const buffer = new HeadBuffer();
      const found: string[] = [];
      let start = 0;
      for (const cut of [...cuts, all.length].toSorted((a, b) => a - b)) {
        const stop = Math.min(cut, all.length);
        buffer.append(Buffer.from(all.subarray(start, stop)));
        start = stop;
        for (let n = buffer.findHead(1000); n > 0; n = buffer.findHead(1000)) {
          found.push(buffer.bytes.toString('latin1', buffer.start, buffer.start + n - 4));
          buffer.readTo(buffer.start + n);
        }
      }
      assert.deepEqual(found, texts);
      assert.equal(buffer.length, 0);
    }),
  );
});

test('one segment is held as it came, without a copy', () => {
  const segment = Buffer.from('abc\r\n\r\n');
  const buffer = new HeadBuffer();
  buffer.append(segment);
  assert.equal(buffer.bytes, segment);
});

test('a head past the bound is told whether or not its end is there', () => {
  for (const text of ['a'.repeat(11), `${'a'.repeat(7)}\r\n\r\n`]) {
    const buffer = new HeadBuffer();
    buffer.append(Buffer.from(text));
    assert.equal(buffer.findHead(10), TOO_LONG, text);
  }
  const fits = new HeadBuffer();
  fits.append(Buffer.from('aaaaaa\r\n\r\n'));
  assert.equal(fits.findHead(10), 10);
});

test('a bare LF is told before the head ends; a CR may come in another segment', () => {
  const buffer = new HeadBuffer();
  buffer.append(Buffer.from('a\r'));
  assert.equal(buffer.findHead(100), INCOMPLETE);
  buffer.append(Buffer.from('\nb'));
  assert.equal(buffer.findHead(100), INCOMPLETE);
  buffer.append(Buffer.from('\n'));
  assert.equal(buffer.findHead(100), BARE_LF);
});

test('a head that comes byte by byte costs time in proportion to its length', () => {
  const buffer = new HeadBuffer();
  const byte = Buffer.from('a');
  const began = process.cpuUsage();
  for (let i = 0; i < 32_000; i += 1) {
    buffer.append(byte);
    assert.equal(buffer.findHead(32_768), INCOMPLETE);
  }
  assert.ok(process.cpuUsage(began).user < 1_000_000);
});
