import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { der, isObjectIdentifier } from './der-writer.ts';
import { DerError, type DerErrorCode, integerHex, readDer } from './der.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function refuses(code: DerErrorCode, bytes: string, read: (bytes: Buffer) => unknown): void {
  assert.throws(
    () => read(hex(bytes)),
    (error) => error instanceof DerError && error.code === code,
    `${bytes} should be refused as ${code}`,
  );
}

test('reads a sequence of mixed elements without copying', () => {
  const bytes = der.sequence(der.integer(5), der.boolean(true), der.octetString(hex('01ff')));
  const reader = readDer(bytes);
  const inside = reader.sequence();
  reader.finish();
  assert.equal(inside.smallInteger(), 5);
  assert.equal(inside.boolean(), true);
  const octets = inside.octetString();
  inside.finish();
  assert.equal(octets.buffer, bytes.buffer);
  assert.deepEqual(octets, hex('01ff'));
});

test('refuses what is not DER', () => {
  refuses('indefinite-length', '30 80 00 00', (b) => readDer(b).sequence());
  refuses('non-minimal-length', '30 81 00', (b) => readDer(b).sequence());
  refuses('non-minimal-length', `04 82 00 80 ${'00'.repeat(128)}`, (b) => readDer(b).octetString());
  refuses('too-large', '30 85 01 00 00 00 00', (b) => readDer(b).sequence());
  refuses('truncated', '30 82 01', (b) => readDer(b).sequence());
  refuses('truncated', '30 03 02 01', (b) => readDer(b).sequence());
  refuses('truncated', '30', (b) => readDer(b).sequence());
  refuses('truncated', '', (b) => readDer(b).element());
  refuses('unexpected-tag', '', (b) => readDer(b).sequence());
  refuses('unexpected-tag', '31 00', (b) => readDer(b).sequence());
  refuses('high-tag-number', 'bf 1f 00', (b) => readDer(b).element());
  refuses('bad-integer', '02 00', (b) => readDer(b).integer());
  refuses('bad-integer', '02 02 00 7f', (b) => readDer(b).integer());
  refuses('bad-integer', '02 02 ff 80', (b) => readDer(b).integer());
  refuses('bad-integer', '02 01 ff', (b) => readDer(b).smallInteger());
  refuses('bad-integer', '02 05 01 00 00 00 00', (b) => readDer(b).smallInteger());
  refuses('bad-boolean', '01 01 01', (b) => readDer(b).boolean());
  refuses('bad-boolean', '01 00', (b) => readDer(b).boolean());
  refuses('bad-null', '05 01 00', (b) => readDer(b).null());
  refuses('bad-bit-string', '03 00', (b) => readDer(b).bitString());
  refuses('bad-bit-string', '03 01 01', (b) => readDer(b).bitString());
  refuses('bad-bit-string', '03 02 08 00', (b) => readDer(b).bitString());
  refuses('bad-bit-string', '03 02 01 01', (b) => readDer(b).bitString());
  refuses('bad-oid', '06 00', (b) => readDer(b).oid());
  refuses('bad-oid', '06 02 2a 80', (b) => readDer(b).oid());
  refuses('bad-oid', '06 03 2a 80 01', (b) => readDer(b).oid());
  refuses('trailing-data', '05 00 00', (b) => {
    const reader = readDer(b);
    reader.null();
    reader.finish();
  });
});

test('refuses nesting and sizes past its bounds', () => {
  let nested = der.null();
  for (let depth = 0; depth < 40; depth++) nested = der.sequence(nested);
  assert.throws(
    () => {
      let reader = readDer(nested);
      for (;;) reader = reader.sequence();
    },
    { code: 'too-deep' },
  );
  assert.throws(() => readDer(Buffer.alloc(11), 10), { code: 'too-large' });
});

test('names the offset in the outermost buffer', () => {
  const bytes = hex('30 06 30 04 01 01 55 00');
  assert.throws(() => readDer(bytes).sequence().sequence().boolean(), {
    code: 'bad-boolean',
    offset: 4,
  });
});

test('reads the times RFC 5280 allows, and no others', () => {
  const utc = (text: string) =>
    Buffer.concat([Buffer.from([0x17, text.length]), Buffer.from(text)]);
  const general = (text: string) =>
    Buffer.concat([Buffer.from([0x18, text.length]), Buffer.from(text)]);
  assert.equal(readDer(utc('491231235959Z')).time(), Date.UTC(2049, 11, 31, 23, 59, 59));
  assert.equal(readDer(utc('500101000000Z')).time(), Date.UTC(1950, 0, 1));
  assert.equal(readDer(general('21251231235959Z')).time(), Date.UTC(2125, 11, 31, 23, 59, 59));
  assert.equal(readDer(general('20240229000000Z')).time(), Date.UTC(2024, 1, 29));
  assert.equal(readDer(general('00000229000000Z')).time(), Date.parse('0000-02-29T00:00:00Z'));
  assert.equal(readDer(general('99991231235959Z')).time(), Date.parse('9999-12-31T23:59:59Z'));
  for (const bad of [
    '250229000000Z',
    '251301000000Z',
    '250101240000Z',
    '250101006000Z',
    '250101000060Z',
    '2501010000Z',
    '250101000000+0100',
    '2501010000 0Z',
    '',
  ]) {
    assert.throws(() => readDer(utc(bad)).time(), { code: 'bad-time' }, bad);
  }
  for (const bad of ['20250101000000.5Z', '20250101000000', '250101000000Z']) {
    assert.throws(() => readDer(general(bad)).time(), { code: 'bad-time' }, bad);
  }
});

test('sorts SET OF by encoding', () => {
  const set = der.setOf(der.integer(300), der.integer(2), der.integer(1));
  assert.deepEqual(set, hex('31 0a 02 01 01 02 01 02 02 02 01 2c'));
});

test('integers of any size and sign survive writing and reading', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 200n), max: 1n << 200n }), (value) => {
      const content = readDer(der.integer(value)).integer();
      assert.equal(
        BigInt.asIntN(content.length * 8, BigInt(`0x${content.toString('hex')}`)),
        value,
      );
      const text = integerHex(content);
      assert.equal(
        text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`),
        value,
      );
    }),
  );
  assert.deepEqual(der.integer(hex('0000ff')), hex('02 02 00 ff'));
  assert.deepEqual(der.integer(Buffer.alloc(0)), hex('02 01 00'));
});

test('object identifiers survive writing and reading', () => {
  const arc = fc.oneof(fc.bigInt({ min: 0n, max: 39n }), fc.bigInt({ min: 0n, max: 1n << 128n }));
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 }),
      arc,
      fc.array(arc, { maxLength: 4 }),
      (first, second, rest) => {
        const dotted = [first, first < 2 ? second % 40n : second, ...rest].join('.');
        assert.equal(readDer(der.oid(dotted)).oid(), dotted);
      },
    ),
  );
  for (const bad of ['', '1', '3.1', '1.40', '1.02', '1.2.', '1.-2', 'cn']) {
    assert.throws(() => der.oid(bad), RangeError);
    assert.equal(isObjectIdentifier(bad), false);
  }
});

test('what can be read of an object identifier can be written, and the other way round', () => {
  const largest = 10n ** 39n - 1n;
  for (const dotted of [`2.${largest}`, `1.2.${largest}`, `1.2${'.3'.repeat(127)}`]) {
    assert.equal(readDer(der.oid(dotted)).oid(), dotted);
  }
  for (const dotted of [`2.${largest + 1n}`, `1.2.${largest + 1n}`, `1.2${'.3'.repeat(128)}`]) {
    assert.equal(isObjectIdentifier(dotted), false);
  }
  const arc = `${'ff '.repeat(18)}7f`;
  refuses('bad-oid', `06 13 ${arc}`, (b) => readDer(b).oid());
  refuses('bad-oid', `06 14 2a ${arc}`, (b) => readDer(b).oid());
});

test('times survive writing and reading to the second', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), (seconds) => {
      assert.equal(readDer(der.time(seconds * 1000)).time(), seconds * 1000);
    }),
  );
  assert.equal(der.time(Date.UTC(2049, 11, 31))[0], 0x17);
  assert.equal(der.time(Date.UTC(2050, 0, 1))[0], 0x18);
  assert.throws(() => der.time(Number.NaN), RangeError);
});

test('strings of bytes of any length survive writing and reading', () => {
  for (const length of [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000]) {
    const bytes = Buffer.alloc(length, 7);
    assert.deepEqual(readDer(der.octetString(bytes)).octetString(), bytes);
    assert.deepEqual(readDer(der.bitString(bytes)).bitString(), { bytes, unusedBits: 0 });
    assert.deepEqual(readDer(der.implicit(2, bytes)).optionalPrimitive(2), bytes);
  }
  assert.deepEqual(readDer(der.bitString(hex('ff'), 3)).bitString(), {
    bytes: hex('f8'),
    unusedBits: 3,
  });
});

test('any bytes are read or refused with DerError', () => {
  const walk = (bytes: Buffer) => {
    const reader = readDer(bytes);
    while (!reader.atEnd) {
      const tag = reader.nextTag;
      if ((tag & 0x20) !== 0) reader.constructed(tag);
      else if (tag === 2) reader.integer();
      else if (tag === 6) reader.oid();
      else if (tag === 3) reader.bitString();
      else if (tag === 0x17) reader.time();
      else reader.element();
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        walk(Buffer.from(bytes));
      } catch (error) {
        assert.ok(error instanceof DerError);
      }
    }),
    { numRuns: 500 },
  );
});
