import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StoredSession } from '../tls/session-store.ts';
import { TICKET_SECRET_LIFETIME_MS } from '../tls/ticket-secrets.ts';
import { SessionExchange, type SessionsFromWorker, SharedSessions } from './shared-sessions.ts';

function session(name: string): StoredSession {
  return { binding: name, data: Buffer.from(name), chain: [Buffer.from('certificate')] };
}

/** Workers of one primary, joined without processes. */
function workers(count: number): SharedSessions[] {
  const exchange = new SessionExchange();
  return Array.from({ length: count }, () => {
    const worker: SharedSessions = new SharedSessions((message) => {
      exchange.receive(structuredClone(message), (answer) => worker.answered(answer));
    });
    return worker;
  });
}

function find(worker: SharedSessions | undefined, id: string): Promise<StoredSession | null> {
  return new Promise((resolve) => worker?.find(id, resolve));
}

test('a session made by one worker is found by another, whole', async () => {
  const [first, second] = workers(2);
  first?.keep('id', session('a'));
  assert.deepEqual(await find(second, 'id'), session('a'));
  assert.equal(await find(second, 'other'), null);
});

test('a session is told of before its client can hear of it', () => {
  const told: unknown[] = [];
  new SharedSessions((message) => told.push(message)).keep('id', session('a'));
  assert.deepEqual(told, [
    { kind: 'sessions-kept', sessions: [{ id: 'id', session: session('a') }] },
  ]);
});

test('both sessions of a handshake are told of together, and the first alone if no second comes', async () => {
  const told: SessionsFromWorker[] = [];
  const worker = new SharedSessions((message) => told.push(message));
  const ids = (): string[][] =>
    told.map((message) =>
      message.kind === 'sessions-kept' ? message.sessions.map(({ id }) => id) : [],
    );
  worker.keep('1', session('a'), true);
  worker.keep('2', session('b'));
  assert.deepEqual(ids(), [['1', '2']]);
  worker.keep('3', session('c'), true);
  assert.equal(told.length, 1);
  await nextTurn();
  await nextTurn();
  assert.deepEqual(ids(), [['1', '2'], ['3']]);
});

test('a question that overtakes the news of its session within a turn is answered with it', async () => {
  const exchange = new SessionExchange();
  const answers: unknown[] = [];
  const take = (answer: unknown): unknown => answers.push(answer);
  exchange.receive({ kind: 'session-wanted', question: 1, id: 'id' }, take);
  const kept = [{ id: 'id', session: session('a') }];
  exchange.receive({ kind: 'sessions-kept', sessions: kept }, take);
  await nextTurn();
  assert.deepEqual(answers, [{ kind: 'session-found', question: 1, session: session('a') }]);
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
  const exchange = new SessionExchange(() => now);
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
