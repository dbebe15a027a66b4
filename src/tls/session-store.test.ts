import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionMemory, type StoredSession } from './session-store.ts';

function session(name: string, bytes = 1000): StoredSession {
  return { binding: name, data: Buffer.alloc(bytes), chain: [] };
}

function bindingOf(memory: SessionMemory, id: string): string | null {
  let binding: string | null = 'not called';
  memory.find(id, (found) => (binding = found?.binding ?? null));
  return binding;
}

test('gives back what was kept, under its own id', () => {
  const memory = new SessionMemory();
  memory.keep('a', session('first'));
  memory.keep('b', session('second'));
  memory.keep('a', session('third'));
  assert.equal(bindingOf(memory, 'a'), 'third');
  assert.equal(bindingOf(memory, 'b'), 'second');
  assert.equal(bindingOf(memory, 'c'), null);
  assert.equal(memory.size, 2);
});

test('drops the oldest past its bound in bytes, certificates included', () => {
  const memory = new SessionMemory({ maxBytes: 10_000 });
  const chain = [Buffer.alloc(1000)];
  for (let count = 0; count < 100; count += 1) {
    memory.keep(`id ${count}`, { ...session(`${count}`), chain });
  }
  assert.equal(memory.size, 3);
  assert.equal(bindingOf(memory, 'id 96'), null);
  assert.equal(bindingOf(memory, 'id 97'), '97');
});

test('finds what was kept last, whatever has come since', () => {
  const memory = new SessionMemory({ maxBytes: 100_000 });
  memory.keep('a', session('first'));
  for (let count = 0; count < 30; count += 1) memory.keep(`id ${count}`, session(`${count}`));
  assert.equal(bindingOf(memory, 'a'), 'first');
  memory.keep('a', session('second'));
  for (let count = 30; count < 60; count += 1) memory.keep(`id ${count}`, session(`${count}`));
  assert.equal(bindingOf(memory, 'a'), 'second');
  for (let count = 60; count < 130; count += 1) memory.keep(`id ${count}`, session(`${count}`));
  assert.equal(bindingOf(memory, 'a'), null);
});

test('one that is kept again and again takes the room of one', () => {
  const memory = new SessionMemory({ maxBytes: 100_000 });
  memory.keep('b', session('other'));
  for (let count = 0; count < 1000; count += 1) memory.keep('a', session(`${count}`));
  assert.equal(bindingOf(memory, 'a'), '999');
  assert.equal(bindingOf(memory, 'b'), 'other');
});

test('makes room for many at once, from the oldest on', () => {
  const memory = new SessionMemory({ maxBytes: 1_600_000 });
  let count = 0;
  let most = 0;
  while (memory.size >= most) {
    most = memory.size;
    memory.keep(`id ${count++}`, session(`${count}`));
  }
  assert.ok(memory.size < most * 0.95 && memory.size > most * 0.92, `${memory.size} of ${most}`);
  assert.equal(bindingOf(memory, `id ${count - 1}`), `${count}`);
  assert.equal(bindingOf(memory, `id ${count - memory.size - 1}`), null);
});

test('forgets a session when its time is up', () => {
  let now = 0;
  const memory = new SessionMemory({ lifetimeMs: 1000 }, () => now);
  memory.keep('a', session('a'));
  now = 999;
  assert.equal(bindingOf(memory, 'a'), 'a');
  now = 1000;
  assert.equal(bindingOf(memory, 'a'), null);
  assert.equal(memory.size, 0);
});
