import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { needs } from '../../test/support/programs.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { parseCertificate } from './certificate.ts';
import { der } from './der-writer.ts';
import { DerError } from './der.ts';
import { canonicalName, decodeName, encodeName, textAttribute } from './name-der.ts';
import {
  type Attribute,
  type Name,
  NameError,
  type NameErrorCode,
  parseName,
  printName,
  printNameForHeader,
} from './name.ts';
import { OID } from './oids.ts';

const meaning = (name: Name) =>
  name.map((rdn) =>
    rdn.map((a) => [a.type, a.value]).toSorted((a, b) => (a.join('=') < b.join('=') ? -1 : 1)),
  );

const attributeType = fc.constantFrom(
  OID.commonName,
  OID.organization,
  OID.organizationalUnit,
  OID.country,
  OID.domainComponent,
  OID.emailAddress,
  OID.userId,
  OID.serialNumber,
  '1.2.3.4',
  '2.999.1',
);
test('what an error quotes cannot act on a terminal', () => {
  for (const text of ['\u009b2J', 'CN=a\\\u202e', 'x\u0085=1', 'a\u2028', '\x7f\x1b[2J']) {
    assert.throws(
      () => parseName(text),
      (error) => error instanceof NameError && !/[\p{C}\p{Zl}\p{Zp}]/u.test(error.message),
    );
  }
  assert.throws(() => parseName('a\u009b'), { message: /: "a\\u\{9b\}" at position 1$/ });
});

test('reads a text of 100,000 attributes in time in proportion to its length', () => {
  const began = process.cpuUsage();
  for (const separator of [',', '+']) {
    const name = parseName(`CN=first${`${separator}CN=a`.repeat(100_000)}`);
    assert.equal(name.at(-1)?.at(-1)?.value, 'first');
    assert.equal(name.flat().length, 100_001);
  }
  assert.ok(process.cpuUsage(began).user < 2_000_000, 'microseconds');
});

const hostile = fc.constantFrom(
  ' ',
  '#',
  ',',
  '+',
  '"',
  '\\',
  '<',
  '>',
  ';',
  '=',
  '\0',
  '\r',
  '\n',
  'é',
  '漢',
  '😀',
  '\u202e',
  '\u0085',
  '\ufeff',
  'a',
  '41',
  '\\2c',
);
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.array(hostile, { maxLength: 6 }).map((parts) => parts.join('')),
);
const stringTypes: readonly ((value: string) => Buffer)[] = [
  (value) => der.utf8String(value),
  (value) => element(0x1e, Buffer.from(value, 'utf16le').swap16()),
  (value) => element(0x14, Buffer.from(value.replaceAll(/[^\0-\xff]/g, '?'), 'latin1')),
];
const attribute = fc.oneof(
  fc.tuple(attributeType, text).map(([type, value]) => textAttribute(type, value)),
  fc
    .tuple(attributeType, text, fc.nat(2))
    .map(([type, value, n]) => single(type, (stringTypes[n] ?? der.utf8String)(value))),
  fc.uint8Array({ maxLength: 5 }).map((bytes) => single('1.2.3.4', der.octetString(bytes))),
);
const anyName: fc.Arbitrary<Name> = fc.array(fc.array(attribute, { minLength: 1, maxLength: 3 }), {
  maxLength: 5,
});

function element(tag: number, content: Buffer): Buffer {
  const encoded = der.octetString(content);
  encoded[0] = tag;
  return encoded;
}

function single(type: string, value: Buffer): Attribute {
  const [[found]] = decodeName(der.sequence(der.setOf(der.sequence(der.oid(type), value))));
  return found;
}

test('any name survives printing and parsing', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      for (const printed of [printName(name), printNameForHeader(name)]) {
        assert.deepEqual(meaning(parseName(printed)), meaning(name), printed);
        assert.equal(printed === '', name.length === 0);
      }
    }),
    { numRuns: 500 },
  );
});

test('any name survives encoding and decoding to the byte', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const encoded = encodeName(name);
      assert.deepEqual(meaning(decodeName(encoded)), meaning(name));
      assert.deepEqual(encodeName(decodeName(encoded)), encoded);
    }),
  );
});

test('any text parses to a name that survives, or is refused with NameError', () => {
  const pieces = fc
    .array(
      fc.oneof(hostile, fc.constantFrom('CN', 'CN=', 'O=#0c0141', '1.2.3', '\\', 'oid.2.5.4.3=')),
    )
    .map((p) => p.join(''));
  let parsed = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        pieces,
        pieces.map((value) => `CN=${value}`),
      ),
      (input) => {
        try {
          const name = parseName(input);
          parsed++;
          assert.deepEqual(meaning(parseName(printName(name))), meaning(name));
        } catch (error) {
          assert.ok(error instanceof NameError, String(error));
        }
      },
    ),
    { numRuns: 1000 },
  );
  assert.ok(parsed > 20);
});

test('headers get printable ASCII only', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      assert.match(printNameForHeader(name), /^[ -~]*$/);
    }),
  );
  const name = parseName('CN=a\\0D\\0AX-Client-User: root');
  assert.equal(name[0]?.[0]?.value, 'a\r\nX-Client-User: root');
  assert.equal(printNameForHeader(name), 'CN=a\\0D\\0AX-Client-User: root');
  assert.equal(printNameForHeader(parseName('CN=Ü😀')), 'CN=\\C3\\9C\\F0\\9F\\98\\80');
});

test('prints the most specific RDN first, as RFC 4514 escapes it', () => {
  const name = [
    [textAttribute(OID.domainComponent, 'net')],
    [textAttribute(OID.organization, 'Sue, Grabbit and Runn')],
    [
      textAttribute(OID.organizationalUnit, 'Sales'),
      textAttribute(OID.commonName, '#J. "S" <a>;b\\ '),
    ],
  ];
  assert.equal(
    printName(name),
    'CN=\\#J. \\"S\\" \\<a\\>\\;b\\\\\\ +OU=Sales,O=Sue\\, Grabbit and Runn,DC=net',
  );
  assert.equal(printName([[textAttribute(OID.commonName, ' ')]]), 'CN=\\ ');
  assert.equal(
    printName([[textAttribute('1.3.6.1.4.1.1466.0', 'Hi')]]),
    '1.3.6.1.4.1.1466.0=#0C024869',
  );
  assert.equal(printName([[textAttribute(OID.commonName, 'Ü')]]), 'CN=Ü');
});

test('parses types in any case, as OIDs and with spaces around', () => {
  const expected = [
    [['2.5.4.10', 'b c']],
    [
      ['2.5.4.11', 'x=y'],
      ['2.5.4.3', 'a'],
    ],
  ];
  for (const spelling of [
    'CN=a+OU=x=y,O=b c',
    '  cn = a + ou=x\\=y ,  o=  b c  ',
    'oid.2.5.4.3=a+2.5.4.11=x=y,O=b\\20c',
    'CN=#0c0161+OU=x=y,O=b c',
    'OU=x=y+commonName=#130161,organizationName=b c',
  ]) {
    assert.deepEqual(meaning(parseName(spelling)), expected, spelling);
  }
  assert.deepEqual(parseName(''), []);
  assert.deepEqual(meaning(parseName('CN=')), [[['2.5.4.3', '']]]);
  assert.deepEqual(meaning(parseName('CN=a\\  ')), [[['2.5.4.3', 'a ']]]);
});

const refusals: readonly (readonly [string, NameErrorCode, number, string])[] = [
  ['CN=a,', 'missing-type', 5, ''],
  ['CN=a,,O=b', 'missing-type', 5, ','],
  ['=a', 'missing-type', 0, '='],
  ['CN', 'missing-equals-sign', 0, 'CN'],
  ['CN=a,bc,O=d', 'missing-equals-sign', 5, 'bc'],
  ['CN=a,XX=b', 'unknown-type', 5, 'XX'],
  ['3.1=a', 'unknown-type', 0, '3.1'],
  ['1.40=a', 'unknown-type', 0, '1.40'],
  ['OU=svc, "x"+y', 'missing-equals-sign', 8, '"x"'],
  ['OU=svc "x"', 'unescaped-character', 7, '"'],
  ['CN=a;O=b', 'unescaped-character', 4, ';'],
  ['CN=a\0', 'unescaped-character', 4, '\0'],
  ['CN=a\\', 'bad-escape', 4, '\\'],
  ['CN=a\\zz', 'bad-escape', 4, '\\zz'],
  ['CN=a\\C3(', 'bad-escape', 3, 'a\\C3('],
  ['CN=#', 'bad-hex', 3, '#'],
  ['CN=#0', 'bad-hex', 3, '#0'],
  ['CN=#0c01', 'bad-value', 3, '#0c01'],
  ['CN=#0c014100', 'bad-value', 3, '#0c014100'],
  ['CN=#040141', 'bad-value', 3, '#040141'],
  ['CN=\ud800', 'bad-value', 3, '\ud800'],
  ['CN=\\41\ud800\\41', 'bad-value', 6, '\ud800'],
];
for (const [input, code, position, part] of refusals) {
  test(`refuses ${JSON.stringify(input)} as ${code}`, () => {
    assert.throws(
      () => parseName(input),
      (error) => {
        assert.ok(error instanceof NameError);
        assert.equal(error.code, code);
        assert.equal(error.position, position);
        if (part !== '') assert.equal(error.part, part);
        return true;
      },
    );
  });
}

test('decodes the string types of old certificates', () => {
  const cases: readonly (readonly [number, Buffer, string])[] = [
    [0x0c, Buffer.from('é漢'), 'é漢'],
    [0x13, Buffer.from('a@b*'), 'a@b*'],
    [0x12, Buffer.from('42'), '42'],
    [0x14, Buffer.from('M\xfcller', 'latin1'), 'Müller'],
    [0x16, Buffer.from('a@b'), 'a@b'],
    [0x1a, Buffer.from('v'), 'v'],
    [0x1e, Buffer.from([0x4e, 0x2d, 0x00, 0x41]), '中A'],
    [0x1c, Buffer.from([0x00, 0x01, 0xf6, 0x00]), '😀'],
  ];
  for (const [tag, content, expected] of cases) {
    assert.equal(single(OID.commonName, element(tag, content)).value, expected);
  }
  for (const [tag, content] of [
    [0x0c, Buffer.from([0xc3, 0x28])],
    [0x1e, Buffer.from([0x41])],
    [0x1e, Buffer.from([0xd8, 0x00])],
    [0x1c, Buffer.from([0x00, 0x11, 0x00, 0x00])],
    [0x1c, Buffer.from([0x00])],
  ] as const) {
    assert.throws(() => single(OID.commonName, element(tag, content)), { code: 'bad-string' });
  }
});

test('refuses bytes that are no name', () => {
  for (const bytes of ['3000ff', '30023100', '300431023000', '300a310830060603550403050', '31']) {
    assert.throws(() => decodeName(Buffer.from(bytes, 'hex')), DerError, bytes);
  }
});

test('names match whatever their string types, case and spaces', () => {
  const one = parseName('CN=Ann  Lee,O=ACME');
  const other = decodeName(
    der.sequence(
      der.setOf(der.sequence(der.oid(OID.organization), der.printableString('acme'))),
      der.setOf(der.sequence(der.oid(OID.commonName), der.printableString(' ann LEE '))),
    ),
  );
  assert.equal(canonicalName(one), canonicalName(other));
  assert.notEqual(canonicalName(one), canonicalName(parseName('O=ACME,CN=Ann Lee')));
  assert.notEqual(canonicalName(one), canonicalName(parseName('CN=AnnLee,O=ACME')));
});

test('prints subjects as openssl does', needs('openssl'), async (t) => {
  const cwd = await temporaryFolder(t);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'k'];
  for (const subject of [
    '/C=DE/ST=Hessen/L=Bad, Ort/O=A+B "C" <d>;e/OU=#x /CN= Jörg\\\\=漢😀',
    '/DC=com/DC=example/UID=7/emailAddress=a@b.c/CN=x+OU=y+O=z',
    '/serialNumber=12/street=1 Way/postalCode=2/title=Dr/SN=S/GN=G/initials=I/dnQualifier=q/description=d/businessCategory=b/pseudonym=p/generationQualifier=g/name=n/organizationIdentifier=i/jurisdictionC=US',
    '/1.2.3.4.5=hello/CN=a\r\nb\x7f',
  ]) {
    const args = ['req', '-x509', ...newKey, '-utf8', '-multivalue-rdn', '-subj', subject];
    const pem = execFileSync('openssl', args, { cwd, stdio: 'pipe' });
    const print = ['x509', '-noout', '-subject', '-nameopt', 'rfc2253'];
    const printed = execFileSync('openssl', print, { input: pem });
    const name = parseCertificate(new X509Certificate(pem).raw).subject;
    assert.equal(`subject=${printNameForHeader(name)}\n`, printed.toString('latin1'));
  }
});
