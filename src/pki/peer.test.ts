import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  ecKeys,
  extension,
  type Forged,
  forge,
  rsaKeys,
} from '../../test/support/forged-certificate.ts';
import { needs } from '../../test/support/programs.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { der } from './der-writer.ts';
import { OID } from './oids.ts';
import {
  judgePeer,
  type PeerCauseCode,
  type PeerRequirements,
  type PeerVerdict,
  recheckPeer,
  VerifiedPeer,
} from './peer.ts';

const AT = Date.UTC(2027, 0, 1);
const client = [extension.notCa(), extension.keyUsage(0x80), extension.purposes(OID.clientAuth)];
const authority = [extension.ca(), extension.keyUsage(0x06)];

const root = forge({
  subject: 'CN=Acme Root,O=Acme',
  extensions: [...authority, extension.keyIdentifier('root')],
});
const issuing = forge({
  subject: 'CN=Issuing 1,O=Acme',
  issuer: root,
  extensions: [...authority, extension.keyIdentifier('one')],
});
const second = forge({ subject: 'CN=Issuing 2,O=Acme', issuer: issuing, extensions: authority });
const direct = forge({ subject: 'CN=direct', issuer: root, extensions: client });
const leaf = forge({
  subject: 'CN=leaf',
  issuer: issuing,
  extensions: [...client, extension.authorityKeyIdentifier('one')],
});
const deep = forge({ subject: 'CN=deep', issuer: second, extensions: client });
const plain = forge({ subject: 'CN=plain', issuer: root, version: null });
const oldRoot = forge({ subject: 'CN=Old', version: null });
const oldLeaf = forge({ subject: 'CN=old leaf', issuer: oldRoot, version: null });
const deviceCa = forge({ subject: 'CN=Device', extensions: [extension.ca()] });
const selfSigned = forge({ subject: 'CN=self' });
const otherRoot = forge({ subject: 'CN=Other CA', extensions: authority });
const otherLeaf = forge({ subject: 'CN=stranger', issuer: otherRoot, extensions: client });
const namesake = forge({ subject: 'CN=Acme Root,O=Acme', extensions: authority });
const namesakeLeaf = forge({ subject: 'CN=leaf', issuer: namesake, extensions: client });

interface Case {
  readonly chain: readonly Forged[];
  readonly anchors: readonly Forged[];
  readonly depth?: number;
  readonly pins?: readonly string[];
  readonly at?: number;
}

function judge(input: Case, opensslError: string | null = null): PeerVerdict {
  return judgePeer({
    chain: input.chain.map((forged) => forged.certificate),
    opensslError,
    requirements: requirementsOf(input),
    at: input.at ?? AT,
  });
}

function requirementsOf(input: Case): PeerRequirements {
  return {
    anchors: input.anchors.map((forged) => forged.certificate),
    depth: input.depth ?? null,
    pins: new Set(input.pins),
  };
}

const good: Readonly<Record<string, Case>> = {
  'issued by the trust anchor': { chain: [direct], anchors: [root] },
  'behind an intermediate': { chain: [leaf, issuing], anchors: [root] },
  'behind two, sent out of order and with the root': {
    chain: [deep, root, issuing, second],
    anchors: [root],
  },
  'behind an intermediate that is the trust anchor': { chain: [leaf], anchors: [issuing] },
  'behind an intermediate that is sent and is the trust anchor': {
    chain: [leaf, issuing],
    anchors: [issuing],
  },
  'without any extension': { chain: [plain], anchors: [root] },
  'of a version 1 CA': { chain: [oldLeaf], anchors: [oldRoot] },
  'self-signed, and itself the trust anchor': { chain: [selfSigned], anchors: [selfSigned] },
  'a CA certificate that is itself the trust anchor': { chain: [deviceCa], anchors: [deviceCa] },
  'with a trust anchor of the same name beside its own': {
    chain: [direct],
    anchors: [namesake, root],
  },
  'at the depth that is allowed': { chain: [leaf, issuing], anchors: [root], depth: 1 },
  'near to one of two trust anchors': {
    chain: [leaf, issuing],
    anchors: [root, issuing],
    depth: 0,
  },
  'with a pinned key': { chain: [direct], anchors: [root], pins: [direct.certificate.spkiPin] },
  'in the last second of its validity': {
    chain: [direct],
    anchors: [root],
    at: direct.certificate.notAfter + 999,
  },
  'in the first moment of its validity': {
    chain: [direct],
    anchors: [root],
    at: direct.certificate.notBefore,
  },
};

describe('a client is verified', () => {
  for (const [name, input] of Object.entries(good)) {
    test(name, () => {
      const verdict = judge(input);
      assert.equal(
        verdict.kind,
        'verified',
        JSON.stringify(verdict.kind === 'failed' && verdict.cause.detail),
      );
      assert.equal(verdict.kind === 'verified' && verdict.peer.leaf, input.chain[0]?.certificate);
    });
  }
});

const shared = rsaKeys(1024);
const constrained = forge({
  subject: 'CN=Constrained,O=Acme',
  issuer: root,
  extensions: [...authority, extension.constraints([{ kind: 'dns', value: 'acme.example' }], [])],
});
const noRoom = forge({ subject: 'CN=No room,O=Acme', issuer: root, extensions: [extension.ca(0)] });
const below = forge({ subject: 'CN=Below', issuer: noRoom, extensions: authority });
const weakRoot = forge({ subject: 'CN=Weak', keys: shared, digest: 'sha1' });

function child(issuer: Forged, more: Partial<Parameters<typeof forge>[0]> = {}): Forged {
  return forge({ subject: 'CN=leaf', issuer, extensions: client, ...more });
}

const bad: readonly (readonly [PeerCauseCode, string, Case, RegExp])[] = [
  [
    'unknown-issuer',
    'of another CA',
    { chain: [otherLeaf], anchors: [root] },
    /^CN=Other CA is not in the trust bundle/,
  ],
  [
    'unknown-issuer',
    'of another CA, root sent',
    { chain: [otherLeaf, otherRoot], anchors: [root] },
    /CN=Other CA is the root of the presented chain/,
  ],
  [
    'unknown-issuer',
    'self-signed',
    { chain: [selfSigned], anchors: [root] },
    /^CN=self is self-signed/,
  ],
  [
    'unknown-issuer',
    'of a CA with the same name',
    { chain: [namesakeLeaf], anchors: [root] },
    /^CN=Acme Root,O=Acme is in the trust bundle, but did not sign it/,
  ],
  [
    'unknown-issuer',
    'of a CA with the same name and a key identifier',
    {
      chain: [child(namesake, { extensions: [extension.authorityKeyIdentifier('x')] })],
      anchors: [root],
    },
    /has another key/,
  ],
  [
    'unknown-issuer',
    'with no trust anchors',
    { chain: [direct], anchors: [] },
    /not in the trust bundle/,
  ],
  [
    'missing-intermediate',
    'of an issuer of the same organization',
    { chain: [leaf], anchors: [root] },
    /did not send CN=Issuing 1,O=Acme, whose root may be CN=Acme Root,O=Acme/,
  ],
  [
    'missing-intermediate',
    'with the first of two intermediates',
    { chain: [deep, second], anchors: [root] },
    /did not send CN=Issuing 1,O=Acme/,
  ],
  [
    'missing-intermediate',
    'of an issuer with a name like the anchor',
    {
      chain: [child(root, { issuerName: 'CN=Zeta Users CA' })],
      anchors: [forge({ subject: 'CN=Zeta Root CA' })],
    },
    /did not send CN=Zeta Users CA/,
  ],
  [
    'missing-intermediate',
    'whose key identifier names the anchor as the issuer of its issuer',
    {
      chain: [
        child(otherRoot, {
          extensions: [
            extension.raw(
              OID.authorityKeyIdentifier,
              der.sequence(
                der.implicit(1, der.explicit(4, root.subject), true),
                der.implicit(2, Buffer.from([5])),
              ),
            ),
          ],
        }),
      ],
      anchors: [root],
    },
    /whose root may be CN=Acme Root/,
  ],
  [
    'expired',
    'leaf',
    { chain: [direct], anchors: [root], at: direct.certificate.notAfter + 1000 },
    /^CN=direct expired at 2027-12-31T00:00:00Z, it is 2027-12-31T00:00:01Z/,
  ],
  [
    'expired',
    'intermediate',
    (() => {
      const old = forge({
        subject: 'CN=Lapsed',
        issuer: root,
        notAfter: AT - 1000,
        extensions: authority,
      });
      return { chain: [child(old), old], anchors: [root] };
    })(),
    /^CN=Lapsed expired/,
  ],
  [
    'not-yet-valid',
    'leaf',
    { chain: [direct], anchors: [root], at: direct.certificate.notBefore - 1 },
    /^CN=direct is valid from 2026-01-01T00:00:00Z/,
  ],
  [
    'wrong-purpose',
    'for servers',
    {
      chain: [child(root, { extensions: [extension.purposes(OID.serverAuth, '1.2.3')] })],
      anchors: [root],
    },
    /CN=leaf is for serverAuth, 1.2.3, not for clientAuth/,
  ],
  [
    'wrong-purpose',
    'key usage without signing',
    { chain: [child(root, { extensions: [extension.keyUsage(0x20)] })], anchors: [root] },
    /keyEncipherment, without digitalSignature/,
  ],
  [
    'wrong-purpose',
    'issued by a leaf',
    (() => {
      const no = forge({ subject: 'CN=No CA', issuer: root, extensions: [extension.notCa()] });
      return { chain: [child(no), no], anchors: [root] };
    })(),
    /^CN=No CA is no CA certificate, yet it issued CN=leaf/,
  ],
  [
    'wrong-purpose',
    'issued by a CA that may not sign certificates',
    (() => {
      const no = forge({
        subject: 'CN=CRLs',
        issuer: root,
        extensions: [extension.ca(), extension.keyUsage(0x02)],
      });
      return { chain: [child(no), no], anchors: [root] };
    })(),
    /^CN=CRLs has key usage cRLSign, without keyCertSign/,
  ],
  [
    'ca-as-leaf',
    'a CA as a client',
    {
      chain: [child(root, { extensions: [extension.ca(), extension.keyUsage(0x84)] })],
      anchors: [root],
    },
    /^CN=leaf is a CA certificate/,
  ],
  [
    'chain-too-deep',
    'past the depth',
    { chain: [deep, second, issuing], anchors: [root], depth: 1 },
    /^2 intermediates where 1 are allowed/,
  ],
  [
    'chain-too-deep',
    'past a path length',
    { chain: [child(below), below, noRoom], anchors: [root] },
    /^CN=No room,O=Acme allows 0 intermediates below it, there are 1/,
  ],
  [
    'name-constraint',
    'outside the permitted names',
    {
      chain: [
        child(constrained, {
          extensions: [extension.names({ kind: 'dns', value: 'evil.example' })],
        }),
        constrained,
      ],
      anchors: [root],
    },
    /^DNS:evil.example is not a name that CN=Constrained/,
  ],
  [
    'weak-signature',
    'SHA-1',
    { chain: [child(root, { digest: 'sha1' })], anchors: [root] },
    /signed with ecdsa-with-SHA1/,
  ],
  [
    'weak-signature',
    'MD5',
    { chain: [child(weakRoot, { digest: 'md5' })], anchors: [weakRoot] },
    /signed with md5WithRSAEncryption/,
  ],
  [
    'weak-signature',
    'RSA of 1024 bits',
    { chain: [child(root, { keys: shared })], anchors: [root] },
    /a key of 1024 bits \(rsa1024\), 2048 are the least/,
  ],
  [
    'pin-mismatch',
    'another key',
    { chain: [direct], anchors: [root], pins: ['00'] },
    /is not one of the 1 pinned/,
  ],
  [
    'unverifiable',
    'unknown critical extension',
    {
      chain: [child(root, { extensions: [extension.raw('1.2.3', der.null(), true)] })],
      anchors: [root],
    },
    /unknown critical extension 1\.2\.3/,
  ],
];

describe('a client fails with its cause, whatever OpenSSL said', () => {
  for (const [code, name, input, detail] of bad) {
    test(`${code}: ${name}`, () => {
      for (const opensslError of [null, 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNSPECIFIED']) {
        const verdict = judge(input, opensslError);
        assert.equal(verdict.kind, 'failed');
        assert.equal(verdict.kind === 'failed' && verdict.cause.code, code);
        assert.match(verdict.kind === 'failed' ? verdict.cause.detail : '', detail);
        assert.equal(verdict.kind === 'failed' && verdict.leaf, input.chain[0]?.certificate);
      }
    });
  }
});

test('no certificate is no verdict, and never a peer', () => {
  assert.deepEqual(judge({ chain: [], anchors: [root] }), { kind: 'none' });
  assert.deepEqual(judge({ chain: [], anchors: [] }, 'UNSPECIFIED'), { kind: 'none' });
});

test("OpenSSL's verdict is never widened", () => {
  for (const input of Object.values(good)) {
    const verdict = judge(input, 'CERT_REVOKED');
    assert.equal(verdict.kind === 'failed' && verdict.cause.code, 'revoked');
    assert.equal(judge(input, 'SOMETHING_NEW').kind, 'failed');
  }
});

test('only verification makes a VerifiedPeer', () => {
  const { certificate } = direct;
  const forged = [
    Symbol('only verification makes a VerifiedPeer'),
    [certificate],
    [certificate],
    [],
  ];
  assert.throws(() => Reflect.construct(VerifiedPeer, forged), TypeError);
});

describe('a verified client is judged again', () => {
  const input: Case = { chain: [leaf, issuing], anchors: [root] };
  const again = (change: Partial<Case>): string => {
    const verdict = judge(input);
    assert.ok(verdict.kind === 'verified');
    const next = recheckPeer(
      verdict.peer,
      requirementsOf({ ...input, ...change }),
      change.at ?? AT,
    );
    return next.kind === 'failed' ? next.cause.code : next.kind;
  };
  const table: readonly (readonly [string, Partial<Case>, string])[] = [
    ['under the same requirements', {}, 'verified'],
    ['after its expiry', { at: leaf.certificate.notAfter + 1000 }, 'expired'],
    ['before its time', { at: leaf.certificate.notBefore - 1 }, 'not-yet-valid'],
    ['with a depth that it exceeds', { depth: 0 }, 'chain-too-deep'],
    ['with pins that it lacks', { pins: ['ab'] }, 'pin-mismatch'],
    ['with its pin', { pins: [leaf.certificate.spkiPin] }, 'verified'],
    ['without its trust anchor', { anchors: [otherRoot] }, 'unknown-issuer'],
    ['without any trust anchor', { anchors: [] }, 'unknown-issuer'],
    ['with another trust anchor above it', { anchors: [issuing] }, 'verified'],
    ['with a nearer trust anchor', { anchors: [root, issuing], depth: 0 }, 'verified'],
  ];
  for (const [name, change, expected] of table) {
    test(`${name}: ${expected}`, () => assert.equal(again(change), expected));
  }
});

test('a graph of cross-signed CAs costs bounded work', () => {
  const keys = Array.from({ length: 8 }, () => ecKeys());
  const names = keys.map((_, at) => `CN=${at}`);
  const certify = (issuer: Forged | null, at: number) =>
    forge({
      subject: names[at] ?? '',
      keys: keys[at] ?? ecKeys(),
      extensions: authority,
      ...(issuer === null ? {} : { issuer }),
    });
  const cas = keys.map((_, at) => certify(null, at));
  const graph = cas.flatMap((issuer, i) =>
    cas.flatMap((_, j) => (i === j ? [] : certify(issuer, j))),
  );
  const lost = forge({ subject: 'CN=lost', issuerName: 'CN=0', extensions: client });
  const chain = [lost, ...graph];
  const started = process.cpuUsage().user;
  const unanchored = judge({ chain, anchors: [root] });
  const anchored = judge({ chain, anchors: [cas[5] ?? root] });
  assert.ok(process.cpuUsage().user - started < 1_000_000);
  assert.equal(unanchored.kind === 'failed' && unanchored.cause.code, 'unknown-issuer');
  assert.equal(anchored.kind === 'failed' && anchored.cause.code, 'unverifiable');
});

test('no chain makes it throw, and every detail is a bounded line of printable ASCII', () => {
  const everyone = [...Object.values(good), ...bad.map(([, , input]) => input)].flatMap((input) => [
    ...input.chain,
    ...input.anchors,
  ]);
  everyone.push(forge({ subject: 'CN=\\0D\\0Aé', issuerName: `CN=${'\\0A'.repeat(500)}` }));
  const some = fc.array(fc.nat(everyone.length - 1), { maxLength: 5 });
  const pick = (list: readonly number[]) => list.flatMap((at) => everyone[at] ?? []);
  fc.assert(
    fc.property(
      some,
      some,
      fc.constantFrom(null, 'CERT_HAS_EXPIRED', 'x\r\n'.repeat(99)),
      (chain, anchors, error) => {
        const verdict = judge({ chain: pick(chain), anchors: pick(anchors) }, error);
        if (verdict.kind === 'verified') assert.equal(error, null);
        if (verdict.kind !== 'failed') return;
        assert.match(verdict.cause.detail, /^[ -~]{1,1000}$/);
      },
    ),
    { numRuns: 300 },
  );
});

test(
  'openssl refuses what is refused here, but for what only we ask',
  needs('openssl'),
  async (t) => {
    const folder = await temporaryFolder(t);
    const opensslAccepts = (input: Case): boolean => {
      const write = (name: string, list: readonly Forged[]) =>
        writeFileSync(join(folder, name), list.map(({ pem }) => pem).join(''));
      write('anchors', input.anchors);
      write('rest', input.chain.slice(1));
      write('leaf', input.chain.slice(0, 1));
      const files = [
        '-CAfile',
        'anchors',
        ...(input.chain.length > 1 ? ['-untrusted', 'rest'] : []),
      ];
      const time = Math.floor((input.at ?? AT) / 1000);
      const args = [
        'verify',
        '-no-CApath',
        '-no-CAstore',
        '-partial_chain',
        '-purpose',
        'sslclient',
        '-auth_level',
        '2',
        '-attime',
        String(time),
        ...files,
        'leaf',
      ];
      try {
        execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
        return true;
      } catch {
        return false;
      }
    };
    const opensslRefuses = new Set([
      // It counts a certificate as expired in that second already.
      'in the last second of its validity',
      // It tries one issuer of a name only.
      'with a trust anchor of the same name beside its own',
    ]);
    for (const [name, input] of Object.entries(good)) {
      assert.equal(opensslAccepts(input), !opensslRefuses.has(name), name);
    }
    // What only we ask, and never of OpenSSL.
    const ours = new Set<PeerCauseCode>(['ca-as-leaf', 'pin-mismatch']);
    for (const [code, name, input] of bad) {
      if (input.anchors.length === 0) continue;
      const expected = ours.has(code) || (code === 'chain-too-deep' && input.depth !== undefined);
      assert.equal(opensslAccepts(input), expected, `${code}: ${name}`);
    }
  },
);
