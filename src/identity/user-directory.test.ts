import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Certificate } from '../pki/certificate.ts';
import type { GeneralName } from '../pki/general-name.ts';
import { parseName } from '../pki/name.ts';
import { candidateIdentities, type DnRule } from './candidate.ts';
import { createUserDirectory } from './user-directory.ts';

/** What mapping looks at: subject and SANs. `subject` is RFC 4514 text, most specific first. */
function certificate(subject: string, sans: readonly string[] = []): Certificate {
  const subjectAltNames = sans.map((san) => {
    const colon = san.indexOf(':');
    return { kind: san.slice(0, colon), value: san.slice(colon + 1) } as GeneralName;
  });
  return { subject: parseName(subject), subjectAltNames } as unknown as Certificate;
}

function userOf(
  cert: Certificate,
  users: readonly string[],
  rule: DnRule = 'exact',
): string | null {
  return createUserDirectory(users, rule).match(cert)?.user ?? null;
}

describe('candidates are tried in order: emails, DNS names, URIs, the subject', () => {
  const everything = certificate('CN=example.com,OU=CNCF', [
    'uri:spiffe://a/b',
    'dns:localhost',
    'ip:127.0.0.1',
    'email:second@x.org',
    'email:derek@nats.io',
    'dns:other.local',
  ]);
  const inOrder = [
    'second@x.org',
    'derek@nats.io',
    'localhost',
    'other.local',
    'spiffe://a/b',
    'CN=example.com,OU=CNCF',
  ];

  test('each in the order of the certificate; IP addresses never', () => {
    assert.deepEqual(
      candidateIdentities(everything, 'exact').map(({ value }) => value),
      inOrder,
    );
  });

  for (const [index, user] of inOrder.entries()) {
    test(`${user} decides when it comes first among the configured`, () => {
      assert.equal(userOf(everything, inOrder.slice(index).toReversed()), user);
    });
  }

  test('an IP address is never a user', () => {
    assert.equal(userOf(everything, ['127.0.0.1']), null);
  });

  test('names are literal: case and wildcards count', () => {
    assert.equal(userOf(certificate('CN=a', ['dns:*.x.org']), ['a.x.org']), null);
    assert.equal(userOf(certificate('CN=a', ['dns:*.x.org']), ['*.x.org']), '*.x.org');
    assert.equal(userOf(certificate('CN=a', ['email:Derek@nats.io']), ['derek@nats.io']), null);
  });
});

describe('a subject is compared as a DN', () => {
  const subject = 'CN=example.com,OU=CNCF';
  const matches: [string, string][] = [
    [subject, 'CN=example.com,OU=CNCF'],
    [subject, 'CN=example.com, OU=CNCF'],
    [subject, 'cn=example.com,ou=CNCF'],
    [subject, 'OU=CNCF,CN=example.com'],
    [subject, '2.5.4.3=example.com,OU=CNCF'],
    ['CN=a+OU=b,O=c', 'OU=b+CN=a,O=c'],
    ['CN=a\\, b,O="x"', 'CN=a\\2C b,O=\\22x\\22'],
    ['CN=a,DC=example,DC=com', 'CN=a,DC=example,DC=com'],
    ['UID=derek,O=x', 'UID=derek,O=x'],
  ];
  for (const [presented, user] of matches) {
    test(`${presented} is ${user}`, () => {
      assert.equal(userOf(certificate(presented.replaceAll('"', '\\"')), [user]), user);
    });
  }

  const differs: [string, string][] = [
    [subject, 'CN=Example.com,OU=CNCF'],
    [subject, 'CN=example.com'],
    [subject, 'CN=example.com,OU=CNCF,O=x'],
    [subject, 'CN=example.com+OU=CNCF'],
    ['CN=a,OU=b,OU=b', 'CN=a,OU=b'],
    ['CN=a,OU=b', 'CN=a,OU=b,OU=b'],
    ['1.2.3.4=#0C0161,CN=a', '1.2.3.4=#0C0161,CN=a'],
    ['CN=example.com', 'example.com'],
    ['', ''],
  ];
  for (const [presented, user] of differs) {
    test(`${presented} is not ${user}`, () => {
      assert.equal(userOf(certificate(presented), [user]), null);
    });
  }

  test('the user in the order of the certificate comes before another order', () => {
    const users = ['OU=CNCF,CN=example.com', 'CN=example.com,OU=CNCF'];
    assert.equal(userOf(certificate(subject), users), 'CN=example.com,OU=CNCF');
    assert.equal(userOf(certificate(subject), users.toReversed()), 'CN=example.com,OU=CNCF');
  });

  test('any order of the RDNs is the same user; one attribute changed is not', () => {
    const value = fc.stringMatching(/^[a-z]{1,4}$/);
    const rdns = fc.uniqueArray(fc.tuple(fc.constantFrom('CN', 'OU', 'O', 'L', 'ST'), value), {
      minLength: 1,
      maxLength: 5,
      selector: ([type]) => type,
    });
    fc.assert(
      fc.property(rdns, fc.nat(), (pairs, seed) => {
        const text = pairs.map(([type, v]) => `${type}=${v}`);
        const turn = seed % text.length;
        const turned = [...text.slice(turn), ...text.slice(0, turn)].join(',');
        const cert = certificate(text.join(','));
        assert.equal(userOf(cert, [turned]), turned);
        assert.equal(userOf(cert, [`${turned}x`]), null);
      }),
      { numRuns: 200 },
    );
  });
});

describe('as nats-server prints a subject', () => {
  const rich = 'CN=a,OU=u1,OU=u2,O=o,STREET=s,L=l,ST=st,C=US,DC=example,DC=com,1.2.3.4=#0C0161';
  const printed = 'CN=a,OU=u2+OU=u1,O=o,STREET=s,L=l,ST=st,C=US';

  test('attributes are dropped with the rule nats only', () => {
    assert.equal(userOf(certificate(rich), [printed], 'nats'), printed);
    assert.equal(userOf(certificate(rich), [printed], 'exact'), null);
  });

  test('domain components come last, in the order of the certificate', () => {
    const withDomain = `${printed},DC=com,DC=example`;
    assert.equal(userOf(certificate(rich), [printed, withDomain], 'nats'), withDomain);
  });

  test('a serial number comes first and the postal code behind the organisation', () => {
    const cert = certificate('O=o,POSTALCODE=p,SERIALNUMBER=7,1.2.3.4=#0C0161');
    assert.equal(
      userOf(cert, ['SERIALNUMBER=7,O=o,POSTALCODE=p'], 'nats'),
      'SERIALNUMBER=7,O=o,POSTALCODE=p',
    );
  });
});

test('without users nobody is identified', () => {
  assert.equal(userOf(certificate('CN=a', ['email:a@b.c']), []), null);
});
