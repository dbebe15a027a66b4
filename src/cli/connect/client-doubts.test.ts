import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extension, forge } from '../../../test/support/forged-certificate.ts';
import { encodeName } from '../../pki/name-der.ts';
import { OID } from '../../pki/oids.ts';
import { clientDoubts } from './client-doubts.ts';
import type { CertificateRequest } from './facts.ts';

const NOW = Date.UTC(2026, 6, 1);
const DAY_MS = 86_400_000;
const root = forge({ subject: 'CN=Root', extensions: [extension.ca()] });
const other = forge({ subject: 'CN=Other', extensions: [extension.ca()] });
const good = forge({ subject: 'CN=alice', issuer: root });

const asking = (...names: readonly Buffer[]): CertificateRequest => ({
  authorities: names,
  schemes: [],
});
const doubts = (leaf: typeof good, request: CertificateRequest | null = null): string[] =>
  clientDoubts([leaf.certificate], request, NOW);

test('nothing speaks against a good certificate, or against none', () => {
  assert.deepEqual(doubts(good), []);
  assert.deepEqual(doubts(good, asking()), []);
  assert.deepEqual(doubts(good, asking(other.subject, root.subject)), []);
  assert.deepEqual(clientDoubts([], asking(root.subject), NOW), []);
});

test('time, purpose and kind', () => {
  const expired = forge({ subject: 'CN=a', issuer: root, notAfter: NOW - 3 * DAY_MS });
  assert.deepEqual(doubts(expired), ["the client's certificate expired 3 days ago"]);
  const early = forge({ subject: 'CN=a', issuer: root, notBefore: NOW + 2 * DAY_MS });
  assert.deepEqual(doubts(early), ["the client's certificate is not valid for another 2 days"]);
  const purpose = forge({
    subject: 'CN=a',
    issuer: root,
    extensions: [extension.purposes(OID.serverAuth)],
  });
  assert.deepEqual(doubts(purpose), [
    "the client's certificate is for serverAuth, not for clientAuth",
  ]);
  assert.deepEqual(doubts(root), ["the client's certificate is that of a CA"]);
});

test('an issuer that the server does not ask for; a name that can not be read rules nothing out', () => {
  assert.deepEqual(doubts(good, asking(other.subject)), [
    "the client's certificate comes from CN=Root, which is none of the CAs that the server asks for",
  ]);
  assert.deepEqual(doubts(good, asking(Buffer.from('noise'))), []);
  // Names are compared as names: case and string types don't count.
  const shouted = encodeName(forge({ subject: 'CN=ROOT' }).certificate.subject);
  assert.deepEqual(doubts(good, asking(shouted)), []);
});
