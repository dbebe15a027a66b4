import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { openDatabase } from '../store/database.ts';
import { ClientLedger, ledgerSteps, type Sighting } from './client-ledger.ts';

function sighting(more: Partial<Sighting> = {}): Sighting {
  return {
    listener: ':9443',
    protocol: 'https',
    fingerprint: 'aa',
    address: '10.0.0.1',
    subject: 'CN=a',
    notAfter: 5000,
    user: null,
    mode: 'observe',
    decision: 'admit',
    finding: null,
    firstSeen: 1000,
    lastSeen: 1000,
    count: 1,
    ...more,
  };
}

test('a client that comes again is one entry with its last outcome', () => {
  const ledger = ClientLedger.inMemory();
  ledger.record([sighting({ decision: 'refuse', finding: 'expired', lastSeen: 2000 })]);
  ledger.record([sighting({ lastSeen: 3000, count: 4, user: 'a' })]);
  assert.deepEqual(ledger.entries(), [
    {
      ...sighting({ lastSeen: 3000, count: 5, user: 'a' }),
      refusals: 1,
      firstRefused: 1000,
      lastRefused: 2000,
    },
  ]);
});

test('first is the earliest and last the latest, in whatever order they are told', () => {
  const ledger = ClientLedger.inMemory();
  const refused = { decision: 'refuse', finding: 'expired' } as const;
  const at = (time: number) => sighting({ ...refused, firstSeen: time, lastSeen: time });
  ledger.record([at(2000)]);
  ledger.record([at(1000)]);
  ledger.record([at(3000)]);
  ledger.record([at(1500)]);
  const [entry] = ledger.entries();
  const { firstSeen, lastSeen, firstRefused, lastRefused } = entry ?? {};
  assert.deepEqual([firstSeen, lastSeen, firstRefused, lastRefused], [1000, 3000, 1000, 3000]);
});

test('clients without certificate are told apart by address', () => {
  const ledger = ClientLedger.inMemory();
  const bare = { fingerprint: null, subject: '', notAfter: null };
  ledger.record([sighting(bare), sighting({ ...bare, address: '10.0.0.2' })]);
  assert.equal(ledger.size, 2);
});

test('those refused come first, and each listener has its own', () => {
  const ledger = ClientLedger.inMemory();
  ledger.record([
    sighting({ fingerprint: 'aa', lastSeen: 9000 }),
    sighting({ fingerprint: 'bb', decision: 'refuse', finding: 'expired', lastSeen: 2000 }),
    sighting({ fingerprint: 'cc', listener: ':1' }),
  ]);
  assert.deepEqual(
    ledger.entries({ listener: ':9443' }).map((entry) => entry.fingerprint),
    ['bb', 'aa'],
  );
});

test('past its bound the clients not seen for longest are dropped and counted', () => {
  const ledger = ClientLedger.inMemory(10);
  ledger.record(
    Array.from({ length: 25 }, (_, index) =>
      sighting({ fingerprint: `${index}`, lastSeen: index }),
    ),
  );
  assert.equal(ledger.size, 10);
  assert.equal(ledger.dropped, 15);
  assert.deepEqual(
    new Set(ledger.entries().map((entry) => entry.lastSeen)),
    new Set([15, 16, 17, 18, 19, 20, 21, 22, 23, 24]),
  );
});

test('it outlives a restart', async (t) => {
  const path = join(await temporaryFolder(t), 'clients.db');
  const open = () => openDatabase(path, { steps: ledgerSteps, durability: 'normal' });
  const before = new ClientLedger(open());
  before.record([sighting()]);
  before.close();
  const after = new ClientLedger(open());
  assert.equal(after.size, 1);
  after.close();
});

test('who would be refused is asked for by time, and only where clients are observed', () => {
  const ledger = ClientLedger.inMemory();
  ledger.record([
    sighting({ fingerprint: 'aa', decision: 'refuse', finding: 'expired', lastSeen: 2000 }),
    sighting({ fingerprint: 'bb', decision: 'refuse', finding: 'expired', lastSeen: 9000 }),
    sighting({ fingerprint: 'cc', decision: 'refuse', mode: 'true', lastSeen: 9000 }),
    sighting({ fingerprint: 'dd', lastSeen: 9000 }),
  ]);
  const refused = (since: number) =>
    ledger.entries({ observedRefusedSince: since }).map(({ fingerprint }) => fingerprint);
  assert.deepEqual(refused(0), ['bb', 'aa']);
  assert.deepEqual(refused(2001), ['bb']);
  assert.equal(ledger.countObserved(0, 'refused'), 2);
  assert.equal(ledger.countObserved(9001, 'refused'), 0);
});

test('a listener observes since it began to, also after it was left off in between', () => {
  const ledger = ClientLedger.inMemory();
  ledger.observe(['a', 'b'], 1000);
  ledger.observe(['a'], 2000);
  assert.deepEqual([...ledger.observedSince()], [['a', 1000]]);
  ledger.observe(['a', 'b'], 3000);
  assert.deepEqual(
    [...ledger.observedSince()],
    [
      ['a', 1000],
      ['b', 3000],
    ],
  );
});
