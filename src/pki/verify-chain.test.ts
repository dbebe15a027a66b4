import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ecKeys, extension, type Forged, forge } from '../../test/support/forged-certificate.ts';
import { der } from './der-writer.ts';
import { parseName } from './name.ts';
import { OID } from './oids.ts';
import { matchesServerName } from './server-name.ts';
import { trustAnchorOfKey } from './trust-anchor.ts';
import { type ChainVerdict, verifyChain } from './verify-chain.ts';
import { verifyClientCertificate } from './verify-client-certificate.ts';
import { verifyServerCertificate } from './verify-server-certificate.ts';

const AT = Date.UTC(2027, 0, 1);
const authority = [extension.ca(), extension.keyUsage(0x06)];
const root = forge({ subject: 'CN=Root', extensions: authority });
const issuing = forge({ subject: 'CN=Issuing', issuer: root, extensions: authority });
const leaf = (
  extensions: readonly Buffer[] = [],
  more: Partial<Parameters<typeof forge>[0]> = {},
) => forge({ subject: 'CN=leaf', issuer: issuing, extensions, ...more });
const requirements = { anchors: [root.certificate], depth: null, pins: new Set<string>() };

function verify(chain: readonly Forged[], purpose: 'client' | 'server' = 'client'): ChainVerdict {
  return verifyChain({
    chain: chain.map(({ certificate }) => certificate),
    requirements,
    purpose,
    at: AT,
  });
}

function codes(verdict: { kind: string; causes?: readonly { code: string }[] }): string {
  return verdict.causes?.map(({ code }) => code).join() ?? verdict.kind;
}

test('every cause is told, the most useful first, with the certificate that it is about', () => {
  const lapsed = forge({
    subject: 'CN=Lapsed',
    issuer: root,
    notAfter: AT - 1000,
    extensions: [extension.ca(), extension.keyUsage(0x02)],
  });
  const bad = leaf([extension.purposes(OID.serverAuth)], { issuer: lapsed, digest: 'sha1' });
  const verdict = verify([bad, lapsed]);
  assert.equal(codes(verdict), 'expired,wrong-purpose,wrong-purpose,weak-signature');
  assert.ok(verdict.kind === 'failed');
  assert.deepEqual(
    verdict.causes.map(({ certificate }) => certificate),
    [lapsed, lapsed, bad, bad].map(({ certificate }) => certificate),
  );
  assert.equal(verdict.path?.length, 3);
});

test('of several paths a good one is enough, and the nearest to good is explained', () => {
  const keys = ecKeys();
  const make = (extensions: readonly Buffer[], notAfter?: number) =>
    forge({
      subject: 'CN=Twice',
      keys,
      issuer: root,
      extensions,
      ...(notAfter === undefined ? {} : { notAfter }),
    });
  const good = make(authority);
  const expired = make(authority, AT - 1000);
  const worse = make([extension.ca(), extension.purposes(OID.codeSigning)], AT - 1000);
  const client = leaf([], { issuer: good });
  assert.equal(codes(verify([client, worse, expired, good])), 'verified');
  assert.equal(codes(verify([client, worse, expired])), 'expired');
});

test('without a certificate nothing is verified', () => {
  assert.equal(codes(verify([])), 'no-certificate');
  const server = verifyServerCertificate({ chain: [], requirements, serverName: 'a', at: AT });
  assert.equal(codes(server), 'no-certificate');
});

test('a leaf may not hold what is for CAs alone, unless it is the trust anchor', () => {
  const constraints = extension.constraints([{ kind: 'dns', value: 'a' }], []);
  assert.equal(codes(verify([leaf([constraints]), issuing])), 'unverifiable');
  const signing = leaf([extension.notCa(), extension.keyUsage(0x84)]);
  assert.equal(codes(verify([signing, issuing])), 'wrong-purpose');
  const anchors = [signing.certificate];
  const verdict = verifyChain({
    chain: anchors,
    requirements: { ...requirements, anchors },
    purpose: 'client',
    at: AT,
  });
  assert.equal(verdict.kind, 'verified');
});

test('extensions that nobody may make critical are not relied on when they are', () => {
  const aki = der.sequence(der.implicit(0, Buffer.from('x')));
  const odd = leaf([extension.raw(OID.authorityKeyIdentifier, aki, true)]);
  assert.equal(codes(verify([odd, issuing])), 'unverifiable');
});

describe('a trust anchor that is a key', () => {
  const { spki } = root.certificate;
  const anchorOf = (name: string, key: Buffer) => trustAnchorOfKey(parseName(name), key);
  const judge = (anchor: ReturnType<typeof anchorOf>, chain: readonly Forged[]) =>
    verifyChain({
      chain: chain.map(({ certificate }) => certificate),
      requirements: { ...requirements, anchors: [anchor] },
      purpose: 'client',
      at: AT,
    });

  test('is trusted by its name and its key, for ever', () => {
    const verdict = judge(anchorOf('CN=Root', spki), [leaf(), issuing]);
    assert.equal(verdict.path?.length, 3);
    assert.equal(codes(verdict), 'verified');
  });
  test('fits a certificate that names its issuer by serial number', () => {
    const aki = der.sequence(
      der.implicit(1, der.explicit(4, root.subject), true),
      der.implicit(2, Buffer.from([9])),
    );
    const direct = leaf([extension.raw(OID.authorityKeyIdentifier, aki)], { issuer: root });
    assert.equal(codes(judge(anchorOf('CN=Root', spki), [direct])), 'verified');
  });
  test('is another with another key or name', () => {
    const other = forge({ subject: 'CN=Root' }).certificate.spki;
    assert.equal(codes(judge(anchorOf('CN=Root', other), [leaf(), issuing])), 'unknown-issuer');
    assert.equal(codes(judge(anchorOf('CN=Rot', spki), [leaf(), issuing])), 'unknown-issuer');
  });
  test('never stands for the root that was sent along, unless that was signed', () => {
    assert.equal(codes(judge(anchorOf('CN=Root', spki), [leaf(), issuing, root])), 'verified');
    assert.throws(() => anchorOf('CN=Root', Buffer.from('no key')), { name: 'CertificateError' });
  });
});

test('names beyond the bound on comparisons are not admitted, and cost little', () => {
  const names = Array.from({ length: 1000 }, (_, at) => ({
    kind: 'directory' as const,
    value: parseName(`CN=${at}`),
  }));
  const subtrees = Array.from({ length: 1000 }, (_, at) => ({
    kind: 'directory' as const,
    value: parseName(`CN=other ${at}`),
  }));
  const constrained = forge({
    subject: 'CN=Many',
    issuer: root,
    extensions: [...authority, extension.constraints([], subtrees)],
  });
  const client = leaf([extension.names(...names)], { issuer: constrained });
  const started = process.cpuUsage().user;
  assert.equal(codes(verify([client, constrained])), 'name-constraint');
  assert.ok(process.cpuUsage().user - started < 2_000_000);
});

test('a long name under many constraints is not compared with each', () => {
  const constrained = forge({
    subject: 'CN=Stranger',
    issuerName: 'CN=Nobody',
    extensions: [
      ...authority,
      extension.constraints(
        [],
        Array.from({ length: 9000 }, () => ({ kind: 'dns', value: 'a' })),
      ),
    ],
  });
  const long = { kind: 'dns' as const, value: 'A.'.repeat(15_000) };
  const client = leaf([extension.names(long)], { issuer: constrained });
  const started = process.cpuUsage().user;
  const verdict = verify([client, constrained]);
  assert.ok(process.cpuUsage().user - started < 200_000);
  assert.equal(codes(verdict), 'unknown-issuer,name-constraint');
});

test('a server is verified for its purpose and its name', () => {
  const server = leaf([
    extension.keyUsage(0x20),
    extension.purposes(OID.serverAuth),
    extension.names({ kind: 'dns', value: 'a.test' }),
  ]);
  const chain = [server.certificate, issuing.certificate];
  const judge = (serverName: string, at = AT) =>
    codes(verifyServerCertificate({ chain, requirements, serverName, at }));
  assert.equal(judge('a.test'), 'verified');
  assert.equal(judge('b.test'), 'host-mismatch');
  assert.equal(judge('b.test', server.certificate.notAfter + 1000), 'expired,host-mismatch');
  assert.equal(codes(verify([server, issuing])), 'wrong-purpose,wrong-purpose');
});

/** SANs, a server's name, and whether they fit. */
const serverNames: readonly (readonly [string, string, boolean])[] = [
  ['a.test', 'A.Test', true],
  ['A.TEST', 'a.test.', true],
  ['*.a.test', 'x.a.test', true],
  ['*.a.test', 'a.test', false],
  ['*.a.test', 'x.y.a.test', false],
  ['*.a.test', '*.a.test', false],
  ['*.a.test', '.a.test', false],
  ['*.test', 'a.test', false],
  ['*', 'a', false],
  ['x*.a.test', 'xy.a.test', false],
  ['10.0.0.1', '10.0.0.1', false],
  ['ip:10.0.0.1', '10.0.0.1', true],
  ['ip:10.0.0.1', '10.0.0.2', false],
  ['ip:0.0.0.0', '0', false],
  ['a.test', 'a.test\0.evil', false],
  ['a.test', '', false],
];

for (const [san, serverName, fits] of serverNames) {
  test(`${san} ${fits ? 'fits' : 'does not fit'} ${JSON.stringify(serverName)}`, () => {
    const bytes = Buffer.from(san.slice(3).split('.').map(Number));
    const name = san.startsWith('ip:')
      ? { kind: 'ip' as const, value: '', bytes }
      : { kind: 'dns' as const, value: san };
    const { certificate } = leaf([extension.names(name)]);
    assert.equal(matchesServerName(certificate, serverName), fits);
  });
}

test('a client is verified by the DER that it presented, readable or not', () => {
  const client = leaf([extension.purposes(OID.clientAuth)]);
  const judge = (...presented: Buffer[]) => verifyClientCertificate(presented, requirements, AT);
  const verdict = judge(client.der, Buffer.from('rubbish'), issuing.der);
  assert.equal(
    verdict.kind === 'verified' && verdict.peer.leaf.fingerprint,
    client.certificate.fingerprint,
  );
  assert.equal(judge().kind, 'none');
  const unreadable = judge(Buffer.from('rubbish'), issuing.der);
  assert.equal(unreadable.kind === 'failed' && unreadable.cause.code, 'malformed-certificate');
});
