// Sessions across connections, contexts and time.
import assert from 'node:assert/strict';
import { after, describe, mock, test } from 'node:test';
import {
  type AcceptingServer,
  acceptingServer,
  serverTls,
} from '../../test/support/accepting-server.ts';
import { type KeyPair, OpensslCa } from '../../test/support/openssl-certificates.ts';
import { type ClientSight, connectTls } from '../../test/support/tls-client.ts';
import { extension, forge, type Forged } from '../../test/support/forged-certificate.ts';
import type { HandshakeOutcome } from './acceptor.ts';
import type { ServerTlsOptions, TlsVersion } from './options.ts';
import { SessionMemory, type SessionStore, type StoredSession } from './session-store.ts';
import { TICKET_SECRET_LIFETIME_MS } from './ticket-secrets.ts';

const ca = new OpensslCa('my-ca');
const otherCa = new OpensslCa('other-ca');
after(() => {
  ca.remove();
  otherCa.remove();
});
const server = ca.issue('localhost', ['DNS:localhost']);
const alice = ca.issue('alice', []);
const stateful = serverTls(server, [ca.root.certPem], { mode: 'optional' });

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
  readonly alpn?: readonly string[];
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

function pairOf({ pem, keys }: Forged, ...behind: readonly Forged[]): KeyPair {
  return {
    certPem: [pem, ...behind.map((issuer) => issuer.pem)].join(''),
    keyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

const root = forge({ subject: 'CN=root', extensions: [extension.ca()] });
const intermediate = forge({ subject: 'CN=between', issuer: root, extensions: [extension.ca()] });
const bob = pairOf(forge({ subject: 'CN=bob', issuer: intermediate }), intermediate);

/** The sessions of another process, which has the same ticket secrets and nothing else. */
function elsewhere({ ticketSecrets }: SessionStore): SessionStore {
  const memory = new SessionMemory();
  return {
    keep: (id, session) => memory.keep(id, session),
    find: (id, found) => memory.find(id, found),
    ticketSecrets,
  };
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const sessions of ['stateful', 'tickets'] as const) {
    describe(`${version}, ${sessions}`, () => bothWays(version, { ...stateful, sessions }));
  }
  describe(`${version}, stateful alone`, () => statefulAlone(version));
  describe(`${version}, tickets alone`, () =>
    ticketsAlone(version, { ...stateful, sessions: 'tickets' }));

  test(`${version}: without sessions a client is given nothing to resume by`, async (t) => {
    const memory = new SessionMemory();
    const fallback = { ...stateful, sessions: 'off' as const };
    const accepting = await acceptingServer(t, { fallback }, admit, memory);
    const first = await visit(accepting, { pair: alice, version });
    assert.equal(first.seen.session, null);
    for (const sessions of ['stateful', 'tickets'] as const) {
      const before = await acceptingServer(
        t,
        { fallback: { ...stateful, sessions } },
        admit,
        memory,
      );
      const { session } = (await visit(before, { pair: alice, version })).seen;
      const again = await visit(accepting, { pair: alice, version, session });
      assert.equal(again.seen.reused, false);
      assert.equal(verification(again), 'SUCCESS');
    }
  });
}

/** What holds wherever sessions are. */
function bothWays(version: TlsVersion, base: ServerTlsOptions): void {
  test(`an admitted client resumes each time, with its certificate and chain`, async (t) => {
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

  test('a client whose ClientHello takes several records resumes', async (t) => {
    const accepting = await acceptingServer(t, { fallback: base }, admit);
    const alpn = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(200, '-'));
    const { session } = (await visit(accepting, { pair: alice, version, alpn })).seen;
    const again = await visit(accepting, { pair: alice, version, alpn, session });
    assert.equal(again.seen.reused, true);
  });

  test(`a session survives a new acceptor that asks for the same`, async (t) => {
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
    test(`a session does not resume under ${name}`, async (t) => {
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

  test(`a session made without a certificate does not open mode true`, async (t) => {
    const sessions = new SessionMemory();
    const open = await acceptingServer(t, { fallback: base }, admit, sessions);
    const { session } = (await visit(open, { version })).seen;
    const again = await visit(open, { version, session });
    assert.equal(again.seen.reused, true);
    assert.equal(verification(again), 'NONE');
    for (const mapping of [false, true]) {
      const fallback = { ...base, mode: 'true' as const, mapping };
      const strict = await acceptingServer(t, { fallback }, admit, sessions);
      const refused = await visit(strict, { version, session });
      assert.equal(refused.outcome.record.cause, 'no-certificate');
    }
  });

  test(`a session does not cross from one name to another`, async (t) => {
    const certificates = [
      { ...base, name: 'a', snis: ['a.com'] },
      { ...base, name: 'b', snis: ['b.com'], mode: 'observe' as const },
      { ...base, name: 'c', snis: ['c.com'] },
    ];
    const accepting = await acceptingServer(t, { certificates }, admit);
    const { session } = (await visit(accepting, { pair: alice, version, servername: 'a.com' }))
      .seen;
    for (const servername of ['b.com', 'c.com']) {
      const crossed = await visit(accepting, { pair: alice, version, servername, session });
      assert.equal(crossed.seen.reused, false);
      assert.equal(verification(crossed), 'SUCCESS');
    }
    const stayed = await visit(accepting, { pair: alice, version, servername: 'a.com', session });
    assert.equal(stayed.seen.reused, true);
  });

  test(`a session outlives no certificate`, async (t) => {
    const accepting = await acceptingServer(t, { fallback: base }, admit);
    const { session } = (await visit(accepting, { pair: alice, version })).seen;
    const now = Date.now();
    const clock = mock.method(Date, 'now', () => now + 11 * 86_400_000);
    const late = await visit(accepting, { pair: alice, version, session });
    clock.mock.restore();
    assert.equal(late.seen.reused, false);
    assert.equal(verification(late), 'FAILED:expired');
    assert.equal((await visit(accepting, { pair: alice, version, session })).seen.reused, true);
  });

  test('a client that renewed its certificate is not held to the expired one', async (t) => {
    const accepting = await acceptingServer(t, { fallback: base }, admit);
    const { session } = (await visit(accepting, { pair: alice, version })).seen;
    const now = Date.now();
    const clock = mock.method(Date, 'now', () => now + 11 * 86_400_000);
    const pair = ca.issue('alice', [], 20);
    const renewed = await visit(accepting, { pair, version, session });
    clock.mock.restore();
    assert.equal(renewed.seen.reused, false);
    assert.equal(verification(renewed), 'SUCCESS');
  });

  test('a client behind an intermediate resumes each time', async (t) => {
    const fallback = { ...base, mode: 'true' as const, caPem: [root.pem] };
    const accepting = await acceptingServer(t, { fallback }, admit);
    let { session } = (await visit(accepting, { pair: bob, version })).seen;
    for (let round = 0; round < 3; round += 1) {
      const again = await visit(accepting, { pair: bob, version, session });
      assert.equal(again.seen.reused, true);
      assert.equal(verification(again), 'SUCCESS');
      session = again.seen.session ?? session;
    }
  });

  test('a session resumes on several connections at the same time', async (t) => {
    const accepting = await acceptingServer(t, { fallback: base }, admit);
    const { session } = (await visit(accepting, { pair: alice, version })).seen;
    const visits = Array.from({ length: 8 }, () =>
      visit(accepting, { pair: alice, version, session }),
    );
    for (const { seen } of await Promise.all(visits)) assert.equal(seen.reused, true);
  });

  for (const mapping of [false, true]) {
    test(`a client that needs no certificate resumes without, mapping ${mapping}`, async (t) => {
      const fallback = { ...base, mode: 'true' as const, mapping, admitsUnverified: true };
      const accepting = await acceptingServer(t, { fallback }, admit);
      const { session } = (await visit(accepting, { version })).seen;
      const again = await visit(accepting, { version, session });
      assert.equal(again.seen.reused, true);
      assert.equal(verification(again), 'NONE');
    });
  }
}

function statefulAlone(version: TlsVersion): void {
  const base = stateful;
  test(`a client that was not admitted has nothing to resume`, async (t) => {
    const accepting = await acceptingServer(t, { fallback: base });
    const first = await visit(accepting, { pair: alice, version });
    const again = await visit(accepting, { pair: alice, version, session: first.seen.session });
    assert.equal(again.seen.reused, false);
    assert.equal(verification(again), 'SUCCESS');
  });

  test(`OpenSSL refuses by itself what a store took for another context's`, async (t) => {
    const memory = new SessionMemory();
    let binding: string | null = null;
    const mistaken: SessionStore = {
      ticketSecrets: memory.ticketSecrets,
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

  test(`a store may take its time, and the client may leave meanwhile`, async (t) => {
    const memory = new SessionMemory();
    const slow: SessionStore = {
      ticketSecrets: memory.ticketSecrets,
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

  test(`a session that the store got wrong costs a full handshake or the connection, no more`, async (t) => {
    const memory = new SessionMemory();
    let change: (session: StoredSession) => StoredSession = (session) => session;
    const wrong: SessionStore = {
      ticketSecrets: memory.ticketSecrets,
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

function ticketsAlone(version: TlsVersion, base: ServerTlsOptions): void {
  const behind = { ...base, mode: 'true' as const, caPem: [root.pem] };

  test('a client that resumes at another process is known there by its leaf', async (t) => {
    const here = new SessionMemory();
    const first = await acceptingServer(t, { fallback: base }, admit, here);
    const { session } = (await visit(first, { pair: alice, version })).seen;
    const second = await acceptingServer(t, { fallback: base }, admit, elsewhere(here));
    const again = await visit(second, { pair: alice, version, session });
    assert.equal(again.seen.reused, true);
    assert.equal(verification(again), 'SUCCESS');
  });

  test('what stands between leaf and anchor is asked of the other processes', async (t) => {
    const shared = new SessionMemory();
    const slow: SessionStore = {
      keep: (id, session) => shared.keep(id, session),
      find: (id, found) => shared.find(id, (session) => setTimeout(found, 50, session)),
      ticketSecrets: shared.ticketSecrets,
    };
    const first = await acceptingServer(t, { fallback: behind }, admit, slow);
    const { session } = (await visit(first, { pair: bob, version })).seen;
    const second = await acceptingServer(t, { fallback: behind }, admit, slow);
    const again = await visit(second, { pair: bob, version, session });
    assert.equal(again.seen.reused, true);
    assert.equal(verification(again), 'SUCCESS');
    assert.ok(again.outcome.kind === 'established');
    const { verdict } = again.outcome;
    assert.equal(verdict.kind === 'verified' && verdict.peer.chain.length, 2);
  });

  test('where nobody knows it the handshake is a full one', async (t) => {
    const here = new SessionMemory();
    const first = await acceptingServer(t, { fallback: behind }, admit, here);
    const { session } = (await visit(first, { pair: bob, version })).seen;
    const second = await acceptingServer(t, { fallback: behind }, admit, elsewhere(here));
    const again = await visit(second, { pair: bob, version, session });
    assert.equal(again.seen.reused, false);
    assert.equal(verification(again), 'SUCCESS');
  });

  test('a chain that was kept for another context or another leaf is not taken', async (t) => {
    const memory = new SessionMemory();
    let change: (session: StoredSession) => StoredSession = (session) => session;
    const wrong: SessionStore = {
      keep: (id, session) => memory.keep(id, session),
      find: (id, found) => memory.find(id, (session) => found(session && change(session))),
      ticketSecrets: memory.ticketSecrets,
    };
    const first = await acceptingServer(t, { fallback: behind }, admit, wrong);
    const { session } = (await visit(first, { pair: bob, version })).seen;
    const second = await acceptingServer(t, { fallback: behind }, admit, wrong);
    change = (stored) => ({ ...stored, binding: 'another' });
    assert.equal((await visit(second, { pair: bob, version, session })).seen.reused, false);
    const third = await acceptingServer(t, { fallback: behind }, admit, wrong);
    const carol = pairOf(forge({ subject: 'CN=carol', issuer: intermediate }), intermediate);
    const other = (await visit(first, { pair: carol, version })).outcome;
    assert.ok(other.kind === 'established' && other.verdict.kind === 'verified');
    const chain = other.verdict.peer.chain.map(({ der }) => der);
    change = (stored) => ({ ...stored, chain });
    const again = await visit(third, { pair: bob, version, session });
    assert.equal(again.seen.reused, false);
    assert.equal(again.outcome.record.peer?.subject, 'CN=bob');
    assert.equal(verification(again), 'SUCCESS');
  });

  test('tickets outlive one change of the secrets and not two', async (t) => {
    let now = 0;
    const memory = new SessionMemory({}, () => now);
    const accepting = await acceptingServer(t, { fallback: base }, admit, memory);
    const { session } = (await visit(accepting, { pair: alice, version })).seen;
    now += TICKET_SECRET_LIFETIME_MS;
    const renewed = await visit(accepting, { pair: alice, version, session });
    assert.equal(renewed.seen.reused, true);
    now += TICKET_SECRET_LIFETIME_MS;
    const late = await visit(accepting, { pair: alice, version, session });
    assert.equal(late.seen.reused, false);
    assert.equal(verification(late), 'SUCCESS');
    if (version === 'TLSv1.2') return;
    const next = renewed.seen.session;
    assert.equal(
      (await visit(accepting, { pair: alice, version, session: next })).seen.reused,
      true,
    );
  });

  test('nothing is resumed by the tickets of another gateway', async (t) => {
    const first = await acceptingServer(t, { fallback: base }, admit);
    const { session } = (await visit(first, { pair: alice, version })).seen;
    const second = await acceptingServer(t, { fallback: base }, admit);
    const again = await visit(second, { pair: alice, version, session });
    assert.equal(again.seen.reused, false);
    assert.equal(verification(again), 'SUCCESS');
  });
}
