// More connections than a listener takes: the rest is closed at once, and those that are there are served.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { askOn, LimitedGateway, until } from '../support/limited-gateway.ts';
import { needs } from '../support/programs.ts';

/** Opens plain connections, all at once, of which so many are to stay. */
async function open(gateway: LimitedGateway, count: number, stay: number): Promise<Socket[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => gateway.plain()));
  for (const socket of sockets) socket.resume();
  await until(() => livingOf(sockets) <= stay, `${livingOf(sockets)} connections are there`);
  await sleep(100);
  assert.equal(livingOf(sockets), stay);
  return sockets;
}

function livingOf(sockets: readonly Socket[]): number {
  return sockets.filter((socket) => !socket.closed).length;
}

describe('too many connections', { concurrency: true, ...needs('openssl') }, () => {
  test('beyond a listener’s limit are closed at once and counted; those there are served', async (t) => {
    const gateway = await LimitedGateway.start(t, { limits: 'connections: 3' });
    const held = await Promise.all([1, 2, 3].map(() => gateway.admitted()));
    await open(gateway, 60, 0);
    await assert.rejects(gateway.admitted());
    for (const socket of held) assert.equal(await askOn(socket), 'one');
    await until(() => gateway.refused('connections').count === 61, 'all are counted');
    assert.ok(gateway.refused('connections').lines <= 4);
    assert.equal(gateway.process.log.filter(({ event }) => event === 'handshake').length, 3);

    held[0]?.destroy();
    await sleep(300);
    assert.equal(await gateway.ask(), 'one');
  });

  test('from one address leave the others’ places alone', async (t) => {
    const gateway = await LimitedGateway.start(t, { limits: 'connections_per_address: 2' });
    const held = await Promise.all([1, 2].map(() => gateway.admitted()));
    await open(gateway, 20, 0);
    assert.equal(await gateway.ask('127.0.0.2'), 'one');
    for (const socket of held) assert.equal(await askOn(socket), 'one');
    const line = await gateway.process.waitForLog(({ event }) => event === 'connections-refused');
    assert.equal(line['cause'], 'connections-per-address');
    assert.equal(line['lastAddress'], '127.0.0.1');
  });

  test('are as many as the last reload says', async (t) => {
    const gateway = await LimitedGateway.start(t, { limits: 'connections: 100' });
    const held = await Promise.all([1, 2, 3].map(() => gateway.admitted()));
    await gateway.reload('connections: 5');
    await until(() => livingOf(held) === 0, 'idle ones end with the limits that they came under');
    const flood = await open(gateway, 20, 5);
    await gateway.reload('connections_per_address: 2');
    await assert.rejects(gateway.admitted());
    assert.equal(await gateway.ask('127.0.0.2'), 'one');
    for (const socket of flood) socket.destroy();
  });

  test('are divided between the workers', async (t) => {
    const gateway = await LimitedGateway.start(t, { limits: 'connections: 6', workers: 2 });
    const flood = await open(gateway, 80, 6);
    for (const socket of flood) socket.destroy();
  });

  test('beyond what the limit on open files allows are closed too, and that is said', async (t) => {
    const gateway = await LimitedGateway.start(t, { limits: 'idle: 60s', openFiles: 200 });
    const capped = gateway.process.log.find(({ event }) => event === 'connections-capped');
    assert.equal(capped?.['configured'], 50_000);
    assert.equal(capped['possible'], 150);
    assert.equal(capped['openFiles'], 200);
    const held = await gateway.admitted();
    const flood = await open(gateway, 260, 149);
    // Files are opened all the same: the answer is one.
    held.write('GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [bytes] = (await once(held, 'data')) as [Buffer];
    assert.match(bytes.toString('latin1'), /^HTTP\/1\.1 200 /);
    await until(() => gateway.refused('open-files').count === 111, 'all are counted');
    for (const socket of flood) socket.destroy();
    await sleep(300);
    assert.equal(await gateway.ask(), 'one');
  });
});
