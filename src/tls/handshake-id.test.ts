import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handshakeId } from './handshake-id.ts';

test('ids are 20 characters of base32, sort by time and do not repeat', () => {
  const start = Date.UTC(2026, 0, 1);
  const ids: string[] = [];
  for (let count = 0; count < 20_000; count += 1) ids.push(handshakeId(start + count));
  for (const id of ids) assert.match(id, /^[0-9a-hjkmnp-tv-z]{20}$/);
  assert.deepEqual(ids.toSorted(), ids);
  const within = new Set(Array.from({ length: 20_000 }, () => handshakeId(start)));
  assert.equal(within.size, 20_000);
});

test('the random part uses each character about equally', () => {
  const counts = new Map<string, number>();
  for (let count = 0; count < 4000; count += 1) {
    for (const character of handshakeId(0).slice(9)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
  }
  assert.equal(counts.size, 32);
  for (const count of counts.values()) assert.ok(count > 1000 && count < 1800, String(count));
});
