import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { extension, forge } from '../../test/support/forged-certificate.ts';
import {
  type ForgeListOptions,
  forgeList,
  listExtension,
} from '../../test/support/forged-revocation-list.ts';
import { der } from './der-writer.ts';
import { printName } from './name.ts';
import { encodePem } from './pem.ts';
import {
  parseRevocationList,
  parseRevocationLists,
  RevocationListError,
} from './revocation-list.ts';

const issuer = forge({
  subject: 'CN=Issuing,O=Acme',
  extensions: [extension.ca(), extension.keyUsage(0x06)],
});
const withSerial = (serial: bigint) => forge({ subject: 'CN=x', issuer, serial }).certificate;
const list = (options: Partial<ForgeListOptions> = {}) =>
  parseRevocationList(forgeList({ issuer, ...options }));

test('reads what a list says of itself', () => {
  const read = list({
    entries: [{ serial: 1n }, { serial: 2n }],
    extensions: [listExtension.number(300), extension.authorityKeyIdentifier('key')],
  });
  assert.equal(printName(read.issuer), 'CN=Issuing,O=Acme');
  assert.equal(read.thisUpdate, Date.UTC(2026, 0, 1));
  assert.equal(read.nextUpdate, Date.UTC(2027, 11, 31));
  assert.equal(read.number, '012c');
  assert.equal(read.authorityKeyIdentifier?.toString(), 'key');
  assert.equal(read.count, 2);
  assert.equal(read.obstacle, null);
  assert.equal(read.signatureAlgorithm.name, 'ecdsa-with-SHA256');
});

test('reads version 1, empty lists and lists without a next update', () => {
  const old = list({ extensions: null, nextUpdate: null, entries: [{ serial: 9n }] });
  assert.deepEqual([old.number, old.nextUpdate, old.count], [null, null, 1]);
  assert.equal(list({ extensions: [] }).count, 0);
  assert.equal(list().find(withSerial(1n)), null);
});

test('finds every serial number that is listed, with date and reason, and no other', () => {
  const serials = [0n, 1n, 127n, 128n, 255n, 256n, 2n ** 159n - 1n, 2n ** 64n, -1n, -128n, -129n];
  const read = list({ entries: serials.map((serial) => ({ serial })) });
  for (const serial of serials) {
    assert.deepEqual(read.find(withSerial(serial)), {
      revokedAt: Date.UTC(2026, 2, 4, 5, 6, 7),
      reason: 'unspecified',
    });
  }
  for (const serial of [2n, 129n, 257n, -2n, 2n ** 159n - 2n]) {
    assert.equal(read.find(withSerial(serial)), null, String(serial));
  }
});

test('reads reasons, whatever else an entry has', () => {
  const invalid = extension.raw(
    '2.5.29.24',
    Buffer.from('180f32303236303130313030303030305a', 'hex'),
  );
  const read = list({
    entries: [
      { serial: 1n, extensions: [listExtension.reason(1)] },
      { serial: 2n, extensions: [listExtension.reason(6, true)] },
      { serial: 3n, extensions: [invalid, listExtension.reason(4)] },
      { serial: 4n, extensions: [listExtension.reason(7)] },
    ],
  });
  const reasons = [1n, 2n, 3n, 4n].map((serial) => read.find(withSerial(serial))?.reason);
  assert.deepEqual(reasons, ['keyCompromise', 'certificateHold', 'superseded', 'unspecified']);
});

describe('says in words why a list can not be used', () => {
  const flags = (...numbers: number[]) => [
    listExtension.distributionPoint(...numbers.map((n) => listExtension.flag(n))),
  ];
  const table: readonly (readonly [string, Partial<ForgeListOptions>, RegExp])[] = [
    ['a delta list', { extensions: [listExtension.delta(3)] }, /^a delta list/],
    ['an indirect list', { extensions: flags(4) }, /^an indirect list/],
    [
      'an entry of another CA',
      { entries: [{ serial: 1n, extensions: [listExtension.certificateIssuer(issuer)] }] },
      /^an indirect list/,
    ],
    [
      'some reasons only',
      { extensions: [listExtension.distributionPoint(der.implicit(3, Buffer.from([1, 6])))] },
      /^a list of some revocation reasons only/,
    ],
    ['attribute certificates', { extensions: flags(5) }, /attribute certificates/],
    [
      'an unknown critical extension',
      { extensions: [extension.raw('1.2.3', der.null(), true)] },
      /1\.2\.3/,
    ],
    [
      'an unknown critical extension of an entry',
      { entries: [{ serial: 1n, extensions: [extension.raw('1.2.3', der.null(), true)] }] },
      /critical extension/,
    ],
    ['a critical number', { extensions: [listExtension.number(1, true)] }, /number/],
    ['SHA-1', { digest: 'sha1' }, /signed with ecdsa-with-SHA1/],
  ];
  for (const [name, options, obstacle] of table) {
    test(name, () => assert.match(list(options).obstacle ?? '', obstacle));
  }
});

test('covers CAs or others, or what names its distribution point', () => {
  const point = (uri: string) =>
    extension.raw('2.5.29.31', der.sequence(der.sequence(listExtension.point(uri))));
  const scoped = (...fields: Buffer[]) =>
    list({ extensions: [listExtension.distributionPoint(...fields)] });
  const named = forge({ subject: 'CN=x', issuer, extensions: [point('http://a/1')] }).certificate;
  const plain = withSerial(1n);
  const covered = (...fields: Buffer[]) =>
    [issuer.certificate, plain, named].map((certificate) => scoped(...fields).covers(certificate));
  assert.deepEqual(covered(), [true, true, true]);
  assert.deepEqual(covered(listExtension.flag(1)), [false, true, true]);
  assert.deepEqual(covered(listExtension.flag(2)), [true, false, false]);
  assert.deepEqual(covered(listExtension.point('http://a/1')), [false, false, true]);
  assert.deepEqual(covered(listExtension.point('http://a/2')), [false, false, false]);
});

test('reads a file with lists in PEM, among other things, or one in DER', () => {
  const one = forgeList({ issuer, entries: [{ serial: 5n }] });
  const two = forgeList({ issuer });
  const pem = (bytes: Buffer) => encodePem('X509 CRL', bytes);
  const file = `comment\r\n${pem(one).replaceAll('\n', '\r\n')}${issuer.pem}${pem(two)}`;
  assert.deepEqual(
    parseRevocationLists(Buffer.from(file)).map(({ count }) => count),
    [1, 0],
  );
  assert.equal(parseRevocationLists(one)[0]?.count, 1);
  const long = forgeList({
    issuer,
    entries: Array.from({ length: 9000 }, (_, at) => ({ serial: BigInt(at) })),
  });
  assert.equal(parseRevocationLists(Buffer.from(pem(long)))[0]?.count, 9000);
  const refused: readonly (readonly [string, string])[] = [
    ['', 'missing'],
    [issuer.pem, 'missing'],
    [pem(one).replace('END', 'EMD'), 'unclosed'],
    [pem(one).replace('\nM', '\n-'), 'bad-base64'],
    [pem(Buffer.alloc(0)), 'empty'],
  ];
  for (const [text, code] of refused) {
    assert.throws(() => parseRevocationLists(Buffer.from(text)), { name: 'PemError', code });
  }
});

test('bytes that are no list are RevocationListError alone', () => {
  const good = forgeList({
    issuer,
    entries: [{ serial: 1n, extensions: [listExtension.reason(3, true)] }, { serial: 2n }],
  });
  for (let at = 0; at < good.length; at++) {
    assert.throws(() => parseRevocationList(good.subarray(0, at)), RevocationListError);
  }
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = Buffer.from(good);
      damaged[at] ^= change;
      try {
        parseRevocationList(damaged).find(withSerial(1n));
      } catch (error) {
        assert.ok(error instanceof RevocationListError);
        assert.match(error.message, /^[ -~]{1,200}$/);
      }
    }),
    { numRuns: 500 },
  );
});

test('a million serial numbers take little more than their own bytes, and each is found', () => {
  const count = 1_000_000;
  const { bytes, serials } = millionEntries(count);
  const before = heldBytes();
  const read = parseRevocationList(bytes);
  const growth = heldBytes() - before;
  assert.equal(read.count, count);
  assert.ok(growth < 30e6, `${growth} bytes beside the ${bytes.length} of the list`);
  const certificate = withSerial(1n);
  for (const serial of serials) {
    const listed = Object.create(certificate, { serialNumber: { value: serial } });
    assert.notEqual(read.find(listed), null, serial);
  }
  assert.equal(read.find(certificate), null);
});

function heldBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A list whose entries are written in place, and every thousandth serial number. */
function millionEntries(count: number): { bytes: Buffer; serials: string[] } {
  const entry = der.sequence(der.integer(2n ** 127n - 1n), der.time(Date.UTC(2026, 0, 1)));
  const all = Buffer.alloc(count * entry.length, entry);
  const random = randomBytes(16 * count);
  const serials: string[] = [];
  for (let at = 0; at < count; at++) {
    const serial = all.subarray(at * entry.length + 4, at * entry.length + 20);
    random.copy(serial, 0, at * 16, at * 16 + 16);
    serial[0] = 0x40 | (serial[0] & 0x3f);
    if (at % 1000 === 0) serials.push(serial.toString('hex'));
  }
  const algorithm = der.sequence(der.oid('1.2.840.10045.4.3.2'));
  const now = der.time(Date.UTC(2026, 0, 1));
  const tbs = der.sequence(der.integer(1), algorithm, issuer.subject, now, now, der.sequence(all));
  return { bytes: der.sequence(tbs, algorithm, der.bitString(randomBytes(70))), serials };
}
