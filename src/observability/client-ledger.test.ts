import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ClientLedger, type Sighting } from './client-ledger.ts';

function sighting(more: Partial<Sighting> = {}): Sighting {
  return {
    listener: ':9443',
    fingerprint: 'aa',
    address: '10.0.0.1',
    subject: 'CN=a',
    notAfter: 5000,
    user: null,
    decision: 'admit',
    finding: null,
    firstSeen: 1000,
    lastSeen: 1000,
    count: 1,
    ...more,
  };
}

test('a client that comes again is one entry with its last outcome', () => {
  const ledger = new ClientLedger(':memory:');
  ledger.record([sighting({ decision: 'refuse', finding: 'expired', lastSeen: 2000 })]);
  ledger.record([sighting({ lastSeen: 3000, count: 4, user: 'a' })]);
  assert.deepEqual(
    ledger.entries().map((entry) => ({ ...entry })),
    [
      {
        ...sighting({ lastSeen: 3000, count: 5, user: 'a' }),
        refusals: 1,
        lastRefused: 2000,
      },
    ],
  );
});

test('clients without certificate are told apart by address', () => {
  const ledger = new ClientLedger(':memory:');
  const bare = { fingerprint: null, subject: '', notAfter: null };
  ledger.record([sighting(bare), sighting({ ...bare, address: '10.0.0.2' })]);
  assert.equal(ledger.size, 2);
});

test('those refused come first, and each listener has its own', () => {
  const ledger = new ClientLedger(':memory:');
  ledger.record([
    sighting({ fingerprint: 'aa', lastSeen: 9000 }),
    sighting({ fingerprint: 'bb', decision: 'refuse', finding: 'expired', lastSeen: 2000 }),
    sighting({ fingerprint: 'cc', listener: ':1' }),
  ]);
  assert.deepEqual(
    ledger.entries(':9443').map((entry) => entry.fingerprint),
    ['bb', 'aa'],
  );
});

test('past its bound the clients not seen for longest are dropped and counted', () => {
  const ledger = new ClientLedger(':memory:', 10);
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

test('it outlives a restart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-ledger-'));
  try {
    const path = join(folder, 'ledger.db');
    const before = new ClientLedger(path);
    before.record([sighting()]);
    before.close();
    const after = new ClientLedger(path);
    assert.equal(after.size, 1);
    after.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
