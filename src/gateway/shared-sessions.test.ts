import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StoredSession } from '../tls/session-store.ts';
import { TICKET_SECRET_LIFETIME_MS } from '../tls/ticket-secrets.ts';
import { SessionExchange } from './session-exchange.ts';
import type { SessionsAsked, SessionsFromWorker, SessionToWorker } from './session-messages.ts';
import { SharedSessions } from './shared-sessions.ts';
import type { ToWorker } from './worker-messages.ts';

function session(name: string): StoredSession {
  return { binding: name, data: Buffer.from(name), chain: [Buffer.from('certificate')] };
}

/** Workers of one primary, joined without processes: `told` is each message, as it passes. */
function workers(count: number, told: (message: Told) => void = () => {}): SharedSessions[] {
  const all: SharedSessions[] = [];
  const exchange = new SessionExchange(() =>
    all.map((worker) => ({
      ask: (message) => {
        told(message as SessionsAsked);
        setImmediate(() => worker.tellKept((message as SessionsAsked).question));
        return true;
      },
    })),
  );
  for (let made = 0; made < count; made++) {
    const worker: SharedSessions = new SharedSessions((message) => {
      told(message);
      exchange.receive(structuredClone(message), (answer) => {
        told(answer);
        worker.answered(answer);
      });
    });
    all.push(worker);
  }
  return all;
}

type Told = SessionsFromWorker | SessionsAsked | SessionToWorker;

function find(worker: SharedSessions | undefined, id: string): Promise<StoredSession | null> {
  return new Promise((resolve) => worker?.find(id, resolve));
}

test('a session made by one worker is found by another, whole', async () => {
  const [first, second] = workers(2);
  first?.keep('id', session('a'));
  assert.deepEqual(await find(second, 'id'), session('a'));
  assert.equal(await find(second, 'other'), null);
});

test('sessions are told of together, a little later, each chain once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const told: Told[] = [];
  const [first, second] = workers(2, (message) => told.push(message));
  const { chain } = session('a');
  const kept = ['1', '2', '3'].map((id) => ({ id, session: { ...session(id), chain } }));
  for (const one of kept) first?.keep(one.id, one.session);
  // Not deepEqual, after which it would be an array of nothing for the compiler.
  assert.equal(told.length, 0);
  t.mock.timers.tick(20);
  assert.deepEqual(told.splice(0), [{ kind: 'sessions-kept', question: null, sessions: kept }]);
  const found = await Promise.all(kept.map(({ id }) => find(second, id)));
  assert.deepEqual(
    found,
    kept.map((one) => one.session),
  );
  assert.ok(told.every(({ kind }) => kind === 'session-wanted' || kind === 'session-found'));
  const chains = told.flatMap((one) => (one.kind === 'session-found' ? [one.session?.chain] : []));
  assert.equal(chains.length, 3);
  assert.equal(new Set(chains).size, 1);
  first?.keep('4', session('d'));
  t.mock.timers.tick(20);
  assert.equal(told.length, 7);
});

test('a session that is asked for before it was told of is found: every worker is asked for what it has', async () => {
  const told: Told[] = [];
  const [first, second] = workers(2, (message) => told.push(message));
  first?.keep('id', session('a'));
  assert.deepEqual(await find(second, 'id'), session('a'));
  assert.deepEqual(
    told.map(({ kind }) => kind),
    [
      'session-wanted',
      'sessions-asked',
      'sessions-asked',
      'sessions-kept',
      'sessions-kept',
      'session-found',
    ],
  );
});

test('who asks while workers tell is answered after they were asked once more, all together', async () => {
  const asked: number[] = [];
  const worker = {
    ask: (message: ToWorker) => asked.push((message as SessionsAsked).question) > 0,
  };
  const exchange = new SessionExchange(() => [worker]);
  const answers: SessionToWorker[] = [];
  const want = (question: number, id: string): void =>
    exchange.receive({ kind: 'session-wanted', question, id }, (one) => answers.push(one));
  const keep = (question: number, sessions: { id: string; session: StoredSession }[]): void =>
    exchange.receive({ kind: 'sessions-kept', question, sessions }, () => {});
  want(0, 'nothing');
  for (let question = 1; question <= 100; question++) want(question, `none ${question}`);
  want(101, 'late');
  keep(asked[0] ?? 0, []);
  await nextTurn();
  assert.deepEqual(answers.splice(0), [{ kind: 'session-found', question: 0, session: null }]);
  assert.equal(asked.length, 2);
  keep(asked[1] ?? 0, [{ id: 'late', session: session('late') }]);
  await nextTurn();
  assert.equal(answers.length, 101);
  assert.deepEqual(answers.at(-1)?.session, session('late'));
  assert.equal(asked.length, 2);
});

test('a worker that does not tell is not waited for', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const silent = { ask: () => true };
  const gone = { ask: () => false };
  const exchange = new SessionExchange(() => [silent, gone]);
  const answers: unknown[] = [];
  exchange.receive({ kind: 'session-wanted', question: 1, id: 'id' }, (one) => answers.push(one));
  await nextTurn();
  assert.deepEqual(answers, []);
  t.mock.timers.tick(200);
  await nextTurn();
  assert.deepEqual(answers, [{ kind: 'session-found', question: 1, session: null }]);
});

test("a worker's own session is there at once", () => {
  const [worker] = workers(1);
  worker?.keep('id', session('a'));
  let found: StoredSession | null = null;
  worker?.find('id', (stored) => {
    found = stored;
  });
  assert.deepEqual(found, session('a'));
});

test('a primary that does not answer means a full handshake, not a stalled one', async () => {
  const worker = new SharedSessions(() => {});
  assert.equal(await find(worker, 'id'), null);
});

test('questions without answers are bounded', async () => {
  let told = 0;
  const worker = new SharedSessions(() => {
    told++;
  });
  const answers = await Promise.all(
    Array.from({ length: 3000 }, (_, index) => find(worker, `${index}`)),
  );
  assert.ok(answers.every((answer) => answer === null));
  assert.equal(told, 1024);
});

test('workers seal tickets by what the primary tells, and are told when it is replaced', () => {
  let now = 0;
  const exchange = new SessionExchange(
    () => [],
    () => now,
  );
  const [first, second] = [new SharedSessions(() => {}), new SharedSessions(() => {})];
  assert.notDeepEqual(first.ticketSecrets.all, second.ticketSecrets.all);
  for (const worker of [first, second])
    worker.sealTicketsBy(structuredClone(exchange.ticketSecrets));
  assert.deepEqual(first.ticketSecrets.all, second.ticketSecrets.all);
  const [before] = first.ticketSecrets.all;

  assert.equal(exchange.replacedTicketSecrets(), null);
  now += TICKET_SECRET_LIFETIME_MS;
  const replaced = exchange.replacedTicketSecrets();
  assert.ok(replaced !== null);
  assert.equal(exchange.replacedTicketSecrets(), null);
  first.sealTicketsBy(structuredClone(replaced));
  assert.equal(first.ticketSecrets.all.length, 2);
  assert.notDeepEqual(first.ticketSecrets.all[0], before);
  assert.deepEqual(first.ticketSecrets.all[1], before);
});
