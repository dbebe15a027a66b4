// Sessions across connections, contexts and time.
import assert from 'node:assert/strict';
import { after, mock, test } from 'node:test';
import {
  type AcceptingServer,
  acceptingServer,
  serverTls,
} from '../../test/support/accepting-server.ts';
import { type KeyPair, OpensslCa } from '../../test/support/openssl-certificates.ts';
import { type ClientSight, connectTls } from '../../test/support/tls-client.ts';
import type { HandshakeOutcome } from './acceptor.ts';
import type { ServerTlsOptions, TlsVersion } from './options.ts';
import { SessionMemory, type SessionStore, type StoredSession } from './session-store.ts';

const ca = new OpensslCa('my-ca');
const otherCa = new OpensslCa('other-ca');
after(() => {
  ca.remove();
  otherCa.remove();
});
const server = ca.issue('localhost', ['DNS:localhost']);
const alice = ca.issue('alice', []);
const base = serverTls(server, [ca.root.certPem], { mode: 'optional' });

function admit(outcome: HandshakeOutcome): void {
  if (outcome.kind === 'failed') return;
  outcome.allowResumption();
  outcome.socket.on('error', () => {});
  outcome.socket.end('hello\n');
  outcome.socket.resume();
}

interface Visit {
  readonly outcome: HandshakeOutcome;
  readonly seen: ClientSight;
}

interface Visitor {
  readonly pair?: KeyPair | undefined;
  readonly version: TlsVersion;
  readonly session?: Buffer | null;
  readonly servername?: string;
}

async function visit(accepting: AcceptingServer, visitor: Visitor): Promise<Visit> {
  const { session, ...rest } = visitor;
  const [outcome, seen] = await Promise.all([
    accepting.next(),
    connectTls(accepting.port, { ...rest, ...(session && { session }) }),
  ]);
  return { outcome, seen };
}

function verification({ outcome }: Visit): string {
  return outcome.record.verification;
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: an admitted client resumes each time, with its certificate and chain`, async (t) => {
    const accepting = await acceptingServer(t, { fallback: base }, admit);
    const chain = { certPem: alice.certPem + server.certPem, keyPem: alice.keyPem };
    let { session } = (await visit(accepting, { pair: chain, version })).seen;
    for (let round = 0; round < 4; round += 1) {
      const again = await visit(accepting, { pair: chain, version, session });
      assert.equal(again.seen.reused, true, `round ${round}`);
      assert.equal(again.outcome.record.resumed, true);
      assert.equal(verification(again), 'SUCCESS');
      assert.equal(again.outcome.record.peer?.subject, 'CN=alice');
      assert.ok(again.outcome.kind === 'established');
      const { verdict } = again.outcome;
      assert.equal(verdict.kind === 'verified' && verdict.peer.chain.length, 2);
      session = again.seen.session ?? session;
    }
  });

  test(`${version}: a client that was not admitted has nothing to resume`, async (t) => {
    const accepting = await acceptingServer(t, { fallback: base });
    const first = await visit(accepting, { pair: alice, version });
    const again = await visit(accepting, { pair: alice, version, session: first.seen.session });
    assert.equal(again.seen.reused, false);
    assert.equal(verification(again), 'SUCCESS');
  });

  test(`${version}: a session survives a new acceptor that asks for the same`, async (t) => {
    const sessions = new SessionMemory();
    const before = await acceptingServer(t, { fallback: base }, admit, sessions);
    const { session } = (await visit(before, { pair: alice, version })).seen;
    const reloaded = await acceptingServer(t, { fallback: { ...base } }, admit, sessions);
    assert.equal((await visit(reloaded, { pair: alice, version, session })).seen.reused, true);
  });

  const changes: Record<string, Partial<ServerTlsOptions>> = {
    'mode true': { mode: 'true' },
    'a mapping': { mapping: true },
    'another bundle': { caPem: [otherCa.root.certPem] },
    'a further anchor': { caPem: [ca.root.certPem, otherCa.root.certPem] },
    'a depth': { depth: 3 },
    'another certificate': ca.issue('localhost', []),
  };
  for (const [name, change] of Object.entries(changes)) {
    test(`${version}: a session does not resume under ${name}`, async (t) => {
      const sessions = new SessionMemory();
      const before = await acceptingServer(t, { fallback: base }, admit, sessions);
      const { session } = (await visit(before, { pair: alice, version })).seen;
      const changed = { ...base, ...change };
      const afterwards = await acceptingServer(t, { fallback: changed }, admit, sessions);
      const again = await visit(afterwards, { pair: alice, version, session });
      assert.equal(again.seen.reused, false);
      assert.equal(again.outcome.record.resumed, false);
    });
  }

  test(`${version}: OpenSSL refuses by itself what a store took for another context's`, async (t) => {
    const memory = new SessionMemory();
    let binding: string | null = null;
    const mistaken: SessionStore = {
      keep: (id, session) => memory.keep(id, session),
      find: (id, found) =>
        memory.find(id, (session) => found(session && { ...session, binding: binding ?? '' })),
    };
    const before = await acceptingServer(t, { fallback: base }, admit, mistaken);
    const { session } = (await visit(before, { pair: alice, version })).seen;
    const strict = await acceptingServer(t, { fallback: { ...base, depth: 2 } }, admit, mistaken);
    binding = strict.acceptor.contexts.fallback?.binding ?? null;
    const crossed = await visit(strict, { pair: alice, version, session });
    assert.equal(crossed.seen.reused, false);
    binding = before.acceptor.contexts.fallback?.binding ?? null;
    assert.equal((await visit(before, { pair: alice, version, session })).seen.reused, true);
  });

  test(`${version}: a session made without a certificate does not open mode true`, async (t) => {
    const sessions = new SessionMemory();
    const open = await acceptingServer(t, { fallback: base }, admit, sessions);
    const { session } = (await visit(open, { version })).seen;
    const again = await visit(open, { version, session });
    assert.equal(again.seen.reused, true);
    assert.equal(verification(again), 'NONE');
    const strict = await acceptingServer(
      t,
      { fallback: { ...base, mode: 'true' } },
      admit,
      sessions,
    );
    const refused = await visit(strict, { version, session });
    assert.equal(refused.outcome.record.cause, 'no-certificate');
  });

  test(`${version}: a session does not cross from one name to another`, async (t) => {
    const certificates = [
      { ...base, name: 'a', snis: ['a.com'] },
      { ...base, name: 'b', snis: ['b.com'], mode: 'observe' as const },
    ];
    const accepting = await acceptingServer(t, { certificates }, admit);
    const { session } = (await visit(accepting, { pair: alice, version, servername: 'a.com' }))
      .seen;
    const crossed = await visit(accepting, { pair: alice, version, servername: 'b.com', session });
    assert.equal(crossed.seen.reused, false);
    const stayed = await visit(accepting, { pair: alice, version, servername: 'a.com', session });
    assert.equal(stayed.seen.reused, true);
  });

  test(`${version}: a session outlives no certificate`, async (t) => {
    const accepting = await acceptingServer(t, { fallback: base }, admit);
    const { session } = (await visit(accepting, { pair: alice, version })).seen;
    const now = Date.now();
    const clock = mock.method(Date, 'now', () => now + 11 * 86_400_000);
    const late = await visit(accepting, { pair: alice, version, session });
    clock.mock.restore();
    assert.equal(late.seen.reused, true);
    assert.equal(verification(late), 'FAILED:expired');
  });

  test(`${version}: a store may take its time, and the client may leave meanwhile`, async (t) => {
    const memory = new SessionMemory();
    const slow: SessionStore = {
      keep: (id, session) => memory.keep(id, session),
      find: (id, found) => memory.find(id, (session) => setTimeout(found, 100, session)),
    };
    const accepting = await acceptingServer(t, { fallback: base }, admit, slow);
    const { session } = (await visit(accepting, { pair: alice, version })).seen;
    assert.ok(session);
    assert.equal((await visit(accepting, { pair: alice, version, session })).seen.reused, true);
    const leaving = connectTls(accepting.port, { pair: alice, version, session, leaveAfterMs: 30 });
    const outcome = await accepting.next();
    assert.equal(outcome.record.cause, 'client-closed');
    await leaving;
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(accepting.acceptor.inFlight, 0);
  });

  test(`${version}: a session that the store got wrong costs a full handshake or the connection, no more`, async (t) => {
    const memory = new SessionMemory();
    let change: (session: StoredSession) => StoredSession = (session) => session;
    const wrong: SessionStore = {
      keep: (id, session) => memory.keep(id, session),
      find: (id, found) => memory.find(id, (session) => found(session && change(session))),
    };
    const accepting = await acceptingServer(t, { fallback: base }, admit, wrong);
    const { session } = (await visit(accepting, { pair: alice, version })).seen;
    for (const data of [Buffer.alloc(0), Buffer.alloc(100, 0x30), Buffer.from('garbage')]) {
      change = (stored) => ({ ...stored, data });
      const again = await visit(accepting, { pair: alice, version, session });
      assert.equal(again.seen.reused, false);
    }
    change = (stored) => ({ ...stored, chain: [Buffer.from('another leaf')] });
    const relabelled = await visit(accepting, { pair: alice, version, session });
    assert.equal(relabelled.outcome.record.peer?.subject, 'CN=alice');
    change = (stored) => stored;
    assert.equal((await visit(accepting, { pair: alice, version, session })).seen.reused, true);
  });
}
