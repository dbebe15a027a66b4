import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExpiringList } from './expiring-list.ts';
import { IdlePool } from './pool.ts';

class Connection {
  older: Connection | null = null;
  newer: Connection | null = null;
  expiresAt = 0;
  within: unknown = null;
  closed = false;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  close(): void {
    this.closed = true;
  }
}

test('hands out the connection used last, and closes the oldest beyond the bound', () => {
  const pool = new IdlePool<Connection>({ maxIdle: 2, idleTimeoutMs: 1000 });
  const [a, b, c] = [new Connection('a'), new Connection('b'), new Connection('c')];
  for (const connection of [a, b, c]) pool.put(connection);
  assert.equal(a.closed, true);
  assert.equal(pool.take(), c);
  assert.equal(pool.take(), b);
  assert.equal(pool.take(), null);
});

test('forgets a connection that died, wherever it stands', () => {
  const pool = new IdlePool<Connection>({ maxIdle: 8, idleTimeoutMs: 1000 });
  const connections = ['a', 'b', 'c', 'd'].map((name) => new Connection(name));
  for (const connection of connections) pool.put(connection);
  const [a, b, c, d] = connections as [Connection, Connection, Connection, Connection];
  pool.remove(b);
  pool.remove(b);
  pool.remove(d);
  pool.remove(a);
  assert.equal(pool.size, 1);
  assert.equal(pool.take(), c);
  pool.remove(c);
  assert.equal(pool.size, 0);
});

test('closes what was not used in time, the oldest first and no other', async () => {
  const pool = new IdlePool<Connection>({ maxIdle: 8, idleTimeoutMs: 60 });
  const [a, b] = [new Connection('a'), new Connection('b')];
  pool.put(a);
  await sleep(40);
  pool.put(b);
  await sleep(40);
  assert.deepEqual([a.closed, b.closed], [true, false]);
  await sleep(60);
  assert.deepEqual([b.closed, pool.size], [true, 0]);
});

test('a closed pool keeps nothing', () => {
  const pool = new IdlePool<Connection>({ maxIdle: 8, idleTimeoutMs: 1000 });
  const [a, b] = [new Connection('a'), new Connection('b')];
  pool.put(a);
  pool.close();
  pool.put(b);
  assert.deepEqual([a.closed, b.closed, pool.take()], [true, true, null]);
});

test('an expiry that adds to its own list keeps one order and one timer', async () => {
  const seen: string[] = [];
  const list = new ExpiringList<Connection>(20, (connection) => {
    seen.push(connection.name);
    if (seen.length < 3) list.add(connection);
  });
  list.add(new Connection('a'));
  for (let i = 0; i < 100 && seen.length < 3; i++) await sleep(10);
  assert.deepEqual(seen, ['a', 'a', 'a']);
  assert.equal(list.size, 0);
});
