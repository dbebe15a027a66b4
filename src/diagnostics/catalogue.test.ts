import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { evidenceOf } from '../../test/support/evidence.ts';
import { extension, type Forged, forge } from '../../test/support/forged-certificate.ts';
import { OID } from '../pki/oids.ts';
import { catalogue } from './catalogue.ts';
import { diagnose } from './diagnose.ts';
import type { CauseCode, ServerFacts } from './evidence.ts';

const codes = Object.keys(catalogue) as CauseCode[];

/** Named in documents outside the code. */
const FIXED =
  `no-certificate unknown-issuer missing-intermediate expired not-yet-valid wrong-purpose
  ca-as-leaf chain-too-deep name-constraint weak-signature revoked crl-stale pin-mismatch
  no-user-matches user-not-allowed sni-unknown host-mismatch no-shared-parameters plain-http
  other-protocol handshake-timeout client-alert`.split(/\s+/);

/** The members of a union of texts, as its source has it. */
function members(file: string, type: string): string[] {
  const source = readFileSync(join(import.meta.dirname, '..', file), 'utf8');
  const declaration = new RegExp(`export type ${type} =([^;]*);`).exec(source)?.[1] ?? '';
  return [...declaration.matchAll(/'([a-z-]+)'/g)].map(([, code = '']) => code);
}

describe('the catalogue of findings', () => {
  const unions = [
    ['pki/peer-cause.ts', 'PeerCauseCode'],
    ['policy/decision.ts', 'RefusalCode'],
    ['tls/handshake-failure.ts', 'HandshakeCause'],
    ['diagnostics/evidence.ts', 'RequestCause'],
  ] as const;
  test('has a finding for every cause that there is, and for no other', () => {
    const causes = unions.flatMap(([file, type]) => {
      const found = members(file, type);
      assert.ok(found.length > 1, `${type} was not found`);
      return found;
    });
    assert.deepEqual(codes.toSorted(), [...new Set(causes)].toSorted());
  });

  test('has every code that is fixed', () => {
    for (const code of FIXED) assert.ok(Object.hasOwn(catalogue, code), code);
  });

  for (const code of codes) {
    test(`${code}: stands under its code, with a rule and a title in both languages`, () => {
      const { title, rule, code: own } = catalogue[code];
      assert.equal(own, code);
      assert.match(rule, /\w{3}/);
      assert.match(title.en, /^[A-Z][ -~]+\w$/);
      assert.match(title.zh, /\p{Script=Han}/u);
    });
  }
});

const root = forge({ subject: 'CN=Root', extensions: [extension.ca()] });

function serverOf(anchor: Forged): ServerFacts {
  return {
    name: 'server.crt',
    chain: [anchor.certificate],
    mode: 'true',
    mapping: true,
    anchors: [anchor.certificate],
    depth: 0,
    minVersion: 'TLSv1.2',
  };
}

/** Names that somebody chose to do harm in a log, on a terminal or in a shell. */
const hostile = fc.oneof(
  fc.constantFrom('\u001b[2J', "'; rm -rf / #", '$(id)', '`id`', '\r\nrefused', '‮gpj', '-rf'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
);

test('whatever a client chose, each finding is a bounded text that acts on nothing', () => {
  fc.assert(
    fc.property(hostile, fc.constantFrom(...codes), (name, code) => {
      const leaf = forge({
        subject: `CN=${[...Buffer.from(name)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}`,
        issuer: root,
        keys: root.keys,
        extensions: [extension.purposes(OID.serverAuth)],
      });
      const evidence = evidenceOf({
        codes: [code],
        detail: name,
        about: leaf.certificate,
        chain: [leaf.certificate],
        server: serverOf(root),
        users: { names: [name.toUpperCase(), `CN=${name}`] },
        request: { method: 'GET', host: name, path: `/${name}`, allow: new Set([name]) },
      });
      evidence.record.user = name;
      for (const language of ['en', 'zh'] as const) {
        const [finding] = diagnose(evidence, language);
        assert.equal(finding?.code, code);
        for (const text of [finding.title, finding.detail, finding.remedy]) {
          assert.match(text, /^[^\p{C}\p{Zl}\p{Zp}]+$/u);
          assert.ok(text.length < 4000, `${text.length} characters`);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('a cause whose facts are missing still has its title and its own words', () => {
  for (const code of codes) {
    const [finding] = diagnose(evidenceOf({ codes: [code], detail: 'the very words' }));
    assert.equal(finding?.code, code);
    assert.notEqual(finding.detail, '');
    assert.notEqual(finding.remedy, '');
  }
});
