import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deadlines, type Timed } from './deadlines.ts';

class Named implements Timed {
  deadline = 0;
  earlier: Timed | null = null;
  later: Timed | null = null;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

test('expires what is still in, in order, and nothing that was removed', async () => {
  const expired: string[] = [];
  const deadlines = new Deadlines<Named>(60, (timed) => expired.push(timed.name));
  const [a, b, c] = [new Named('a'), new Named('b'), new Named('c')];
  for (const timed of [a, b, c]) deadlines.add(timed);
  deadlines.remove(b);
  deadlines.remove(b);
  assert.equal(deadlines.size, 2);
  await sleep(30);
  assert.deepEqual(expired, []);
  await sleep(80);
  assert.deepEqual(expired, ['a', 'c']);
  assert.equal(deadlines.size, 0);
});

test('never expires one before its time, nor much after', async () => {
  const late: number[] = [];
  const deadlines = new Deadlines<Named>(100, (timed) =>
    late.push(performance.now() - timed.deadline),
  );
  for (let count = 0; count < 12; count += 1) {
    deadlines.add(new Named(String(count)));
    await sleep(9);
  }
  await sleep(200);
  assert.equal(late.length, 12);
  for (const milliseconds of late) {
    assert.ok(milliseconds >= 0 && milliseconds < 60, `${milliseconds} ms`);
  }
});

test('takes back what was removed and runs again after it was empty', async () => {
  const expired: string[] = [];
  const deadlines = new Deadlines<Named>(20, (timed) => expired.push(timed.name));
  const a = new Named('a');
  deadlines.add(a);
  deadlines.remove(a);
  await sleep(50);
  deadlines.add(a);
  await sleep(60);
  assert.deepEqual(expired, ['a']);
});

test('drains all that are in, also those that are added meanwhile', () => {
  const deadlines = new Deadlines<Named>(1000, () => assert.fail('expired'));
  deadlines.add(new Named('a'));
  deadlines.add(new Named('b'));
  const drained: string[] = [];
  deadlines.drain((timed) => {
    drained.push(timed.name);
    if (timed.name === 'a') deadlines.add(new Named('c'));
  });
  assert.deepEqual(drained, ['a', 'b', 'c']);
  assert.equal(deadlines.size, 0);
});
