import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionRoom, Entrance } from './entrance.ts';
import { connectionRoom, openFileLimit } from './open-files.ts';
import { Refusals } from './refusals.ts';

const roomy = { connections: 1000, connectionsAsked: true, connectionsPerAddress: null };

test('a listener takes as many connections as its limit, and again after one has left', () => {
  const entrance = new Entrance(new ConnectionRoom(1000));
  const limits = { ...roomy, connections: 2 };
  assert.equal(entrance.enter('192.0.2.1', limits), null);
  assert.equal(entrance.enter('', limits), null);
  assert.equal(entrance.enter('192.0.2.2', limits), 'connections');
  entrance.leave('');
  assert.equal(entrance.enter('192.0.2.2', limits), null);
});

test('an address takes as many as it may, whatever others take', () => {
  const entrance = new Entrance(new ConnectionRoom(1000));
  const limits = { ...roomy, connectionsPerAddress: 2 };
  assert.equal(entrance.enter('2001:db8::1', limits), null);
  assert.equal(entrance.enter('2001:db8::2', limits), null);
  assert.equal(entrance.enter('2001:db8::3', limits), 'connections-per-address');
  assert.equal(entrance.enter('2001:db8:0:1::3', limits), null);
  assert.equal(entrance.enter('192.0.2.1', limits), null);
  entrance.leave('2001:db8::1');
  assert.equal(entrance.enter('2001:db8::3', limits), null);
  assert.equal(entrance.enter('2001:db8::4', limits), 'connections-per-address');
});

test('connections without an address, those of unix sockets, are not counted by address', () => {
  const entrance = new Entrance(new ConnectionRoom(1000));
  const limits = { ...roomy, connectionsPerAddress: 1 };
  for (let i = 0; i < 3; i++) assert.equal(entrance.enter('', limits), null);
});

test('an address is counted before there is a limit for it, as a reload may bring one', () => {
  const entrance = new Entrance(new ConnectionRoom(1000));
  assert.equal(entrance.enter('192.0.2.1', roomy), null);
  const limits = { ...roomy, connectionsPerAddress: 1 };
  assert.equal(entrance.enter('192.0.2.1', limits), 'connections-per-address');
});

test('listeners share the room of their process', () => {
  const room = new ConnectionRoom(2);
  const [a, b] = [new Entrance(room), new Entrance(room)];
  assert.equal(a.enter('192.0.2.1', roomy), null);
  assert.equal(b.enter('192.0.2.1', roomy), null);
  assert.equal(a.enter('192.0.2.1', roomy), 'open-files');
  b.leave('192.0.2.1');
  assert.equal(a.enter('192.0.2.1', roomy), null);
});

test('what was refused is told of at once and then once a second, with its count', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const told: unknown[] = [];
  const refusals = new Refusals((...args) => told.push(args));
  refusals.add('connections', '192.0.2.1');
  refusals.add('handshakes', '192.0.2.9');
  assert.deepEqual(told.splice(0), [
    ['connections', 1, '192.0.2.1'],
    ['handshakes', 1, '192.0.2.9'],
  ]);
  for (let i = 1; i <= 500; i++) refusals.add('connections', `192.0.2.${i % 7}`);
  assert.deepEqual(told, []);
  t.mock.timers.tick(1000);
  assert.deepEqual(told.splice(0), [['connections', 500, '192.0.2.3']]);
  t.mock.timers.tick(5000);
  assert.deepEqual(told, []);
  refusals.add('connections', '192.0.2.1');
  assert.deepEqual(told, [['connections', 1, '192.0.2.1']]);
});

test('the limit on open files is known, and leaves room for the rest', () => {
  const limit = openFileLimit();
  assert.ok(limit >= 256, String(limit));
  assert.ok(connectionRoom(limit) < limit || limit === Number.POSITIVE_INFINITY);
  assert.equal(connectionRoom(1024), 768);
});
