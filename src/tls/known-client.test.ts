// Clients that come again without resuming: they are known by their leaf, and judged all the same.
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import {
  type AcceptingServer,
  acceptingServer,
  serverTls,
} from '../../test/support/accepting-server.ts';
import { extension, forge, type Forged } from '../../test/support/forged-certificate.ts';
import { type KeyPair, OpensslCa } from '../../test/support/openssl-certificates.ts';
import { connectTls } from '../../test/support/tls-client.ts';
import type { HandshakeOutcome } from './acceptor.ts';
import { LiveRevocations } from './live-revocations.ts';
import { PeerCache, PeerJudge } from './peer-judge.ts';
import { ServerHandshake } from './server-handshake.ts';

const ca = new OpensslCa('my-ca');
after(() => ca.remove());
const server = ca.issue('localhost', ['DNS:localhost']);
const alice = ca.issue('alice', []);

const root = forge({ subject: 'CN=root', extensions: [extension.ca()] });
const between = forge({ subject: 'CN=between', issuer: root, extensions: [extension.ca()] });
/** The same authority by another certificate. */
const renewed = forge({
  subject: 'CN=between',
  issuer: root,
  extensions: [extension.ca()],
  keys: between.keys,
});
const bob = forge({ subject: 'CN=bob', issuer: between });
const optional = serverTls(server, [ca.root.certPem, root.pem], { mode: 'optional' });

function presenting(leaf: Forged, ...behind: readonly Forged[]): KeyPair {
  return {
    certPem: [leaf, ...behind].map(({ pem }) => pem).join(''),
    keyPem: leaf.keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

async function visit(accepting: AcceptingServer, pair: KeyPair): Promise<HandshakeOutcome> {
  const [outcome] = await Promise.all([
    accepting.next(),
    connectTls(accepting.port, { pair, version: 'TLSv1.3' }),
  ]);
  assert.equal(outcome.record.resumed, false);
  return outcome;
}

/** One that may learn of revocations while it runs. */
async function watchedServer(t: TestContext) {
  const revocations = new LiveRevocations();
  const options = { fallback: optional };
  const rest = [undefined, undefined, undefined] as const;
  const accepting = await acceptingServer(t, options, ...rest, revocations);
  return { accepting, revocations };
}

const facts = ({ record }: HandshakeOutcome) => [record.verification, record.presented?.count];

test('what a client presents is read when it comes first, and its leaf alone when it comes again', async (t) => {
  const reading = t.mock.method(ServerHandshake.prototype, 'readPeerChain');
  const accepting = await acceptingServer(t, { fallback: optional });
  for (let times = 1; times <= 3; times += 1) {
    assert.deepEqual(facts(await visit(accepting, presenting(bob, between))), ['SUCCESS', 2]);
    assert.deepEqual(facts(await visit(accepting, alice)), ['SUCCESS', 1]);
    assert.equal(reading.mock.callCount(), 2);
  }
});

test('a known client without the intermediate that it needs is refused', async (t) => {
  const accepting = await acceptingServer(t, { fallback: optional });
  assert.deepEqual(facts(await visit(accepting, presenting(bob, between))), ['SUCCESS', 2]);
  assert.deepEqual(facts(await visit(accepting, presenting(bob))), ['FAILED:unknown-issuer', 1]);
  assert.deepEqual(facts(await visit(accepting, presenting(bob, between))), ['SUCCESS', 2]);
});

test('a known client is refused once it is revoked', async (t) => {
  const { accepting, revocations } = await watchedServer(t);
  assert.deepEqual(facts(await visit(accepting, presenting(bob, between))), ['SUCCESS', 2]);
  revoke(revocations, between, bob);
  assert.deepEqual(facts(await visit(accepting, presenting(bob, between))), ['FAILED:revoked', 2]);
});

test('where what a client came with before is no longer good, what it comes with now is judged', async (t) => {
  const { accepting, revocations } = await watchedServer(t);
  assert.deepEqual(facts(await visit(accepting, presenting(bob, between))), ['SUCCESS', 2]);
  revoke(revocations, root, between);
  assert.deepEqual(facts(await visit(accepting, presenting(bob, between))), ['FAILED:revoked', 2]);
  assert.deepEqual(facts(await visit(accepting, presenting(bob, renewed))), ['SUCCESS', 2]);
});

test('nobody is known by a leaf that was not verified, or elsewhere, or in another time', () => {
  const requirements = {
    anchors: [root.certificate],
    depth: null,
    pins: new Set<string>(),
    revocation: null,
  };
  const cache = new PeerCache();
  const judge = new PeerJudge(requirements, cache, 'here');
  const chain = [bob.der, between.der];
  const now = Date.UTC(2026, 5, 1);
  assert.equal(judge.judge({ chain, opensslError: 'CERT_REJECTED' }, now).kind, 'failed');
  assert.equal(judge.recognise(bob.der, now), null);
  assert.equal(judge.judge({ chain: [bob.der], opensslError: null }, now).kind, 'failed');
  assert.equal(judge.recognise(bob.der, now), null);
  assert.equal(judge.judge({ chain, opensslError: null }, now).kind, 'verified');
  assert.equal(judge.recognise(bob.der, now)?.leaf.serialNumber, bob.certificate.serialNumber);
  assert.equal(judge.recognise(between.der, now), null);
  assert.equal(judge.recognise(bob.der, Date.UTC(2028, 5, 1)), null);
  assert.equal(new PeerJudge(requirements, cache, 'elsewhere').recognise(bob.der, now), null);
  const none = new PeerJudge({ ...requirements, anchors: [] }, cache, 'here');
  assert.equal(none.recognise(bob.der, now), null);
});

function revoke(revocations: LiveRevocations, issuer: Forged, { certificate }: Forged): void {
  revocations.learn({
    issuer: issuer.certificate.spkiPin,
    revoked: [
      {
        serialNumber: certificate.serialNumber,
        revokedAt: Date.now() - 1000,
        reason: 'unspecified',
      },
    ],
  });
}
