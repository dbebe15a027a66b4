import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { EVENT_STEPS, EventStore } from './event-store.ts';

/** Counts how often rows are looked for that are too many, which goes over all of them. */
class CountingDatabase extends DatabaseSync {
  removals = 0;

  override prepare(sql: string): ReturnType<DatabaseSync['prepare']> {
    if (/DELETE/.test(sql)) this.removals++;
    return super.prepare(sql);
  }
}

function open(): CountingDatabase {
  const database = new CountingDatabase(':memory:');
  for (const step of EVENT_STEPS) database.exec(step);
  return database;
}

function storeIn(database: DatabaseSync, capacity: number): EventStore {
  return new EventStore(
    database,
    (error) => {
      throw error;
    },
    capacity,
  );
}

function add(store: EventStore, from: number, count: number): void {
  for (let number = from; number < from + count; number++) {
    store.follower.take({ at: number, event: { event: 'stopping', reason: String(number) } });
    store.flush();
  }
}

function reasons(store: EventStore): string[] {
  return store.since(0, 10_000).map(({ event }) => ('reason' in event ? event.reason : ''));
}

test('holds the latest events, and looks for the oldest now and then only', () => {
  const database = open();
  const store = storeIn(database, 160);
  add(store, 0, 160);
  assert.equal(reasons(store).length, 160);
  assert.equal(database.removals, 0);
  add(store, 160, 1000);
  const held = reasons(store);
  assert.ok(held.length > 148 && held.length <= 160, String(held.length));
  assert.equal(held.at(-1), '1159');
  assert.equal(held[0], String(1160 - held.length));
  assert.ok(database.removals <= 1000 / 10, `${database.removals} for 1000 events`);
});

test('counts what an earlier process has stored', () => {
  const database = open();
  add(storeIn(database, 100), 0, 90);
  const store = storeIn(database, 100);
  add(store, 90, 30);
  const held = reasons(store);
  assert.ok(held.length > 93 && held.length <= 100, String(held.length));
  assert.equal(held.at(-1), '119');
  assert.equal(held[0], String(120 - held.length));
});

test('a small bound is kept as well', () => {
  const store = storeIn(open(), 3);
  add(store, 0, 10);
  assert.deepEqual(reasons(store), ['7', '8', '9']);
});
