import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { needs } from '../../test/support/programs.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { parseCertificate } from './certificate.ts';
import { der } from './der-writer.ts';
import { readDer } from './der.ts';
import {
  type GeneralName,
  printGeneralName,
  printIpAddress,
  readGeneralName,
  readGeneralNames,
} from './general-name.ts';
import { encodeGeneralNames } from './general-name-writer.ts';
import { OID } from './oids.ts';

const NAMES = `
[req]
distinguished_name = dn
[dn]
[ext]
subjectAltName = @names
[names]
DNS.1 = a.example
DNS.2 = *.b.example
email.1 = a@b.example
URI.1 = https://x/?a=1
IP.1 = 127.0.0.1
IP.2 = 2001:db8::1
RID.1 = 1.2.3.4
dirName.1 = directory
otherName.1 = 1.3.6.1.4.1.311.20.2.3;FORMAT:UTF8,UTF8:jörg@corp
otherName.2 = 1.2.3.5;OCTETSTRING:x
[directory]
O = Org
CN = Joerg
`;

test('reads the names that openssl writes', needs('openssl'), async (t) => {
  const cwd = await temporaryFolder(t, { 'x.cnf': NAMES });
  const args = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -config x.cnf -utf8';
  const request = ['req', '-x509', ...args.split(' '), '-extensions', 'ext', '-subj', '/CN=x'];
  const pem = execFileSync('openssl', request, { cwd, stdio: 'pipe' });
  const names = parseCertificate(new X509Certificate(pem).raw).subjectAltNames;
  assert.deepEqual(names.map(printGeneralName).toSorted(), [
    'DNS:*.b.example',
    'DNS:a.example',
    'IP:127.0.0.1',
    'IP:2001:db8::1',
    'RID:1.2.3.4',
    'UPN:j\\C3\\B6rg@corp',
    'URI:https://x/?a=1',
    'dirName:CN=Joerg,O=Org',
    'email:a@b.example',
    'otherName:1.2.3.5=#040178',
  ]);
  const upn = names.find((name) => name.kind === 'other' && name.type === OID.userPrincipalName);
  assert.equal(upn?.kind === 'other' && upn.upn, 'jörg@corp');
});

test('keeps the kinds that nobody uses as they are', () => {
  const x400 = der.implicit(3, der.null(), true);
  const ediParty = der.implicit(5, der.explicit(1, der.utf8String('x')), true);
  const names = readGeneralNames(readDer(Buffer.concat([x400, ediParty])));
  assert.deepEqual(names, [
    { kind: 'x400', der: x400 },
    { kind: 'edi-party', der: ediParty },
  ]);
  assert.deepEqual(names.map(printGeneralName), [
    'x400Address:#A3020500',
    'ediPartyName:#A505A1030C0178',
  ]);
});

test('prints one line of printable ASCII that can stand in a list', () => {
  const hostile: GeneralName = { kind: 'dns', value: 'a, DNS:admin\r\nX: y\0\\' };
  assert.equal(printGeneralName(hostile), 'DNS:a\\, DNS:admin\\0D\\0AX: y\\00\\\\');
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 127 }).map((c) => String.fromCharCode(c)),
  });
  fc.assert(
    fc.property(fc.constantFrom('dns', 'email', 'uri'), text, (kind, value) => {
      const printed = printGeneralName({ kind, value });
      assert.match(printed, /^(DNS|email|URI):([ -+\--[\]-~]|\\,|\\\\|\\[0-9A-F]{2})*$/);
    }),
  );
});

test('names survive writing and reading', () => {
  const name: fc.Arbitrary<GeneralName> = fc.oneof(
    fc
      .tuple(fc.constantFrom('dns', 'email', 'uri'), fc.string({ unit: 'grapheme-ascii' }))
      .map(([kind, value]) => ({ kind, value })),
    fc.constantFrom(4, 16).chain((length) =>
      fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => {
        const buffer = Buffer.from(bytes);
        return { kind: 'ip', value: printIpAddress(buffer), bytes: buffer } as const;
      }),
    ),
    fc.constantFrom('1.2.3', '2.999.1').map((value) => ({ kind: 'registered-id', value }) as const),
  );
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
      assert.deepEqual(readGeneralNames(readDer(encodeGeneralNames(names)).sequence()), names);
    }),
  );
});

test('prints IPv6 addresses as the URL standard does', () => {
  const group = fc.constantFrom(0, 0, 0, 1, 0x10, 0x2001, 0xffff);
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const bytes = Buffer.alloc(16);
      for (const [at, value] of groups.entries()) bytes.writeUInt16BE(value, 2 * at);
      const long = groups.map((value) => value.toString(16)).join(':');
      assert.equal(`[${printIpAddress(bytes)}]`, new URL(`http://[${long}]`).hostname);
    }),
    { numRuns: 500 },
  );
});

test('refuses names of no kind and addresses of no length', () => {
  for (const hex of ['8900', '8703010203', '870501020304ff', '8201c3', '8801', 'a0020500', '']) {
    assert.throws(
      () => readGeneralName(readDer(Buffer.from(hex, 'hex'))),
      { name: 'DerError' },
      hex,
    );
  }
  const subnet = Buffer.from('87080a000000ff000000', 'hex');
  assert.equal(
    printGeneralName(readGeneralName(readDer(subnet), 'subnet')),
    'IP:10.0.0.0/255.0.0.0',
  );
  assert.throws(() => readGeneralName(readDer(subnet)), { code: 'bad-string' });
});
