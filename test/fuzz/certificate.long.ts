// Certificates with bytes changed, cut, repeated and moved. Seeded: FUZZ_SEED repeats a run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Certificate, parseCertificate } from '../../src/pki/certificate.ts';
import { CertificateError } from '../../src/pki/certificate-error.ts';
import { der } from '../../src/pki/der-writer.ts';
import { describeCertificate } from '../../src/pki/describe-certificate.ts';
import { parseName, printName, printNameForHeader } from '../../src/pki/name.ts';
import { OID } from '../../src/pki/oids.ts';
import { judgePeer } from '../../src/pki/peer.ts';
import { extension, forge, rsaKeys } from '../support/forged-certificate.ts';

const RUNS = 300_000;
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);

const root = forge({
  subject: 'CN=Root,O=Fuzz',
  extensions: [extension.ca(3), extension.keyIdentifier('r')],
});
const corpus = [
  root,
  forge({ subject: 'CN=v1', version: null }),
  forge({ subject: 'CN=rsa', issuer: root, keys: rsaKeys(1024) }),
  forge({
    subject: 'CN=a\\2Cb+OU=\\C3\\A9,1.2.3=#0c0141,DC=x,DC=y',
    issuer: root,
    extensions: [
      extension.keyUsage(0x80),
      extension.purposes(OID.clientAuth),
      extension.authorityKeyIdentifier('r'),
      extension.names(
        { kind: 'dns', value: 'a.b' },
        { kind: 'email', value: 'a@b' },
        { kind: 'uri', value: 'spiffe://x' },
        { kind: 'ip', value: '', bytes: Buffer.from([10, 0, 0, 1]) },
        { kind: 'directory', value: parseName('CN=d') },
        { kind: 'registered-id', value: '1.2.3' },
        { kind: 'other', type: OID.userPrincipalName, value: der.utf8String('u@x'), upn: 'u@x' },
      ),
      extension.constraints([{ kind: 'dns', value: 'b' }], [{ kind: 'email', value: '.c' }]),
      extension.raw(OID.certificatePolicies, der.sequence(der.sequence(der.oid('1.2.3')))),
      extension.raw('1.2.3.4', der.null(), true),
    ],
  }),
].map((forged) => forged.der);

test(`changed certificates are read or refused, seed ${seed}`, () => {
  const random = generator(seed);
  const anchors = [root.certificate];
  const requirements = { anchors, depth: 1, pins: new Set<string>() };
  let read = 0;
  for (let run = 0; run < RUNS; run++) {
    const bytes = mutate(corpus[random(corpus.length)] ?? root.der, random);
    const started = performance.now();
    let certificate: Certificate;
    try {
      certificate = parseCertificate(bytes);
    } catch (error) {
      assert.ok(error instanceof CertificateError, `${String(error)}\n${bytes.toString('hex')}`);
      assert.match(error.message, /^[ -~]{1,300}$/, bytes.toString('hex'));
      continue;
    }
    read++;
    exercise(certificate);
    judgePeer({
      chain: [certificate, root.certificate],
      opensslError: null,
      requirements,
      at: 1.8e12,
    });
    const elapsed = performance.now() - started;
    assert.ok(elapsed < 1000, `${elapsed} ms\n${bytes.toString('hex')}`);
  }
  assert.ok(read > RUNS / 1000, `only ${read} of ${RUNS} could still be read`);
});

/** What is read survives printing, and its own bytes. */
function exercise(certificate: Certificate): void {
  const hex = () => certificate.der.toString('hex');
  JSON.stringify(describeCertificate(certificate));
  const printed = printName(certificate.subject);
  assert.equal(printName(parseName(printed)), printed, hex());
  assert.match(printNameForHeader(certificate.subject), /^[ -~]*$/, hex());
  const again = parseCertificate(certificate.der);
  assert.equal(again.canonicalSubject, certificate.canonicalSubject, hex());
  assert.equal(again.fingerprint, certificate.fingerprint, hex());
}

type Random = (below: number) => number;

function mutate(original: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(original);
  for (let left = 1 + random(3); left > 0; left--) {
    const at = random(bytes.length);
    switch (random(6)) {
      case 0:
        bytes = bytes.subarray(0, at);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(8))]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(at + 1))]);
        break;
      case 3:
        bytes[at] = [0, 1, 0x7f, 0x80, 0x81, 0x84, 0xff, 0x30, 0xa0][random(9)] ?? 0;
        break;
      case 4:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      default:
        bytes[at] = random(256);
    }
    if (bytes.length === 0) return bytes;
  }
  return bytes;
}

/** Mulberry32. */
function generator(start: number): Random {
  let state = start >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
