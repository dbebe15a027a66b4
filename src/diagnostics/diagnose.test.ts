import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evidenceOf } from '../../test/support/evidence.ts';
import { extension, forge } from '../../test/support/forged-certificate.ts';
import { bestFinding, diagnose } from './diagnose.ts';

const leaf = forge({ subject: 'CN=a', notAfter: Date.UTC(2026, 5, 30) }).certificate;

test('what was decided by comes first, then the most useful', () => {
  const evidence = evidenceOf({
    codes: ['wrong-purpose', 'no-user-matches', 'pin-mismatch', 'expired'],
    about: leaf,
    chain: [leaf],
  });
  const codes = diagnose(evidence).map(({ code }) => code);
  assert.deepEqual(codes, ['wrong-purpose', 'expired', 'pin-mismatch', 'no-user-matches']);
  assert.equal(bestFinding(evidence)?.en.code, 'wrong-purpose');
});

test('a cause is told once', () => {
  const evidence = evidenceOf({ codes: ['expired', 'expired'], about: leaf, chain: [leaf] });
  assert.equal(diagnose(evidence).length, 1);
});

test('without a cause there is nothing to tell', () => {
  assert.deepEqual(diagnose(evidenceOf({ codes: [] })), []);
  assert.equal(bestFinding(evidenceOf({ codes: [] })), null);
});

test('what was admitted all the same is a warning', () => {
  const evidence = evidenceOf({ codes: ['expired'], about: leaf, chain: [leaf] });
  assert.equal(diagnose(evidence)[0]?.severity, 'error');
  evidence.record.outcome = 'admitted';
  assert.equal(diagnose(evidence)[0]?.severity, 'warning');
});

test('a certificate that starts soon makes one compare the clocks, with the difference', () => {
  const at = Date.UTC(2026, 6, 1);
  const soon = forge({ subject: 'CN=a', notBefore: at + 7 * 60_000 }).certificate;
  const late = forge({ subject: 'CN=a', notBefore: at + 40 * 86_400_000 }).certificate;
  const remedies = [soon, late].map((certificate) => {
    const evidence = evidenceOf({
      codes: ['not-yet-valid'],
      about: certificate,
      chain: [certificate],
    });
    return bestFinding({ ...evidence, at })?.en;
  });
  assert.match(remedies[0]?.detail ?? '', /in 7 minutes by this machine's clock/);
  assert.match(remedies[0]?.remedy ?? '', /date -u/);
  assert.match(remedies[1]?.detail ?? '', /in 40 days/);
  assert.match(remedies[1]?.remedy ?? '', /another certificate/);
});

test('which certificate of the chain has expired decides whom the remedy is for', () => {
  const root = forge({ subject: 'CN=Root', extensions: [extension.ca()] }).certificate;
  const issuing = forge({ subject: 'CN=Issuing', extensions: [extension.ca()] }).certificate;
  const server = {
    name: 'server.crt',
    chain: [],
    mode: 'true',
    mapping: false,
    anchors: [root],
    depth: null,
    minVersion: 'TLSv1.2',
  } as const;
  const told = [leaf, issuing, root].map(
    (about) =>
      bestFinding(evidenceOf({ codes: ['expired'], about, chain: [leaf, issuing], server }))?.en
        .remedy,
  );
  assert.match(told[0] ?? '', /^Renew it: countersign issue client a --force/);
  assert.match(told[1] ?? '', /send the renewed certificate of this CA/);
  assert.match(told[2] ?? '', /into the ca_file of server\.crt/);
});
