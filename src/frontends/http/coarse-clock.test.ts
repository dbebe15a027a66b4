import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { CoarseClock, type Expiring } from './coarse-clock.ts';

class Member implements Expiring {
  deadline = Number.POSITIVE_INFINITY;
  clockPlace = -1;
  expired = 0;

  expire(): void {
    this.expired += 1;
  }
}

test('a deadline is told once, and never early', async () => {
  const clock = new CoarseClock();
  const member = new Member();
  const patient = new Member();
  clock.add(member);
  clock.add(patient);
  const began = performance.now();
  member.deadline = clock.deadline(100);
  while (member.expired === 0) await pause(5);
  const took = performance.now() - began;
  assert.ok(took >= 100, `${took} ms`);
  await pause(300);
  assert.equal(member.expired, 1);
  assert.equal(patient.expired, 0);
  clock.delete(member);
  clock.delete(patient);
});

test('who is taken off does not expire, and the others still do', async () => {
  const clock = new CoarseClock();
  const [gone, left] = [new Member(), new Member()];
  for (const member of [gone, left]) {
    clock.add(member);
    member.deadline = clock.deadline(50);
  }
  clock.delete(gone);
  // Again, as a connection does that ends in two ways at once: it is nobody else who is taken off.
  clock.delete(gone);
  while (left.expired === 0) await pause(5);
  assert.equal(gone.expired, 0);
  clock.delete(left);
});
