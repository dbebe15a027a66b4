// Many clients at once, and what becomes of a good one among them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { capturedHello } from './captured-hello.ts';
import { askOn, LimitedGateway, until } from './limited-gateway.ts';

/** Opens `count` of them, some at a time; a good client is answered after each tenth. */
async function gather<T>(
  gateway: LimitedGateway,
  count: number,
  open: () => Promise<T>,
): Promise<T[]> {
  const all: T[] = [];
  for (let tenth = 1; tenth <= 10; tenth++) {
    while (all.length < (count * tenth) / 10) {
      const some = Math.min(50, Math.ceil((count * tenth) / 10) - all.length);
      all.push(...(await Promise.all(Array.from({ length: some }, open))));
    }
    assert.equal(await gateway.ask(), 'one');
  }
  return all;
}

function livingOf(sockets: readonly Socket[]): number {
  return sockets.filter((socket) => !socket.closed).length;
}

/** Memory that a process occupies, MiB. */
function residentOf(gateway: LimitedGateway): number {
  const status = readFileSync(`/proc/${gateway.process.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** So many admitted clients are there at once, each is answered, and all places are free afterwards. */
export async function admitMany(t: TestContext, count: number): Promise<void> {
  const limits = `connections: ${count + 1}, handshakes: ${count + 1}, idle: 10m, head_timeout: 10m`;
  const gateway = await LimitedGateway.start(t, { limits });
  const before = residentOf(gateway);
  const began = performance.now();
  const clients = await gather(gateway, count, () => gateway.admitted());
  const each = (performance.now() - began) / count;
  const held = residentOf(gateway);
  for (let at = 0; at < count; at += 100) {
    const some = clients.slice(at, at + 100);
    const answers = await Promise.all(some.map((client: TLSSocket) => askOn(client)));
    assert.ok(answers.every((answer) => answer === 'one'));
  }
  assert.equal(livingOf(clients), count);
  t.diagnostic(
    `${count} clients: ${each.toFixed(2)} ms each to admit, ${(((held - before) * 1024) / count).toFixed(1)} KiB each`,
  );
  for (const client of clients) client.destroy();
  await until(() => livingOf(clients) === 0, 'all have left');
  const successors = await gather(gateway, count, () => gateway.plain());
  assert.equal(livingOf(successors), count);
  for (const successor of successors) successor.destroy();
}

/** So many handshakes are begun and go no further: they take no more places than there are. */
export async function stallMany(t: TestContext, count: number, places: number): Promise<void> {
  const gateway = await LimitedGateway.start(t, {
    limits: `handshakes: ${places}`,
    timeout: '60s',
  });
  const hello = await capturedHello();
  const before = residentOf(gateway);
  const sockets = await gather(gateway, count, async () => {
    const socket = await gateway.plain();
    socket.resume();
    socket.write(hello);
    return socket;
  });
  await until(() => livingOf(sockets) <= places, 'the rest is closed', 20_000);
  await until(() => gateway.refused('handshakes').count >= count - places, 'all are counted');
  const each = ((residentOf(gateway) - before) * 1024) / places;
  t.diagnostic(`${count} stalled, ${places} held: ${each.toFixed(1)} KiB each`);
  for (const socket of sockets) socket.destroy();
}

/** So many clients send half a head at the same time, and are closed when its time is up. */
export async function slowMany(t: TestContext, count: number, headTimeout: string): Promise<void> {
  const gateway = await LimitedGateway.start(t, {
    limits: `head_timeout: ${headTimeout}, idle: 10m`,
  });
  const clients = await gather(gateway, count, async () => {
    const client = await gateway.admitted();
    client.resume().write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\nGET /x HTTP/1.1\r\n');
    return client;
  });
  let served = 0;
  const giveUp = performance.now() + 60_000;
  while (livingOf(clients) > 0) {
    assert.ok(performance.now() < giveUp, `${livingOf(clients)} are still there`);
    assert.equal(await gateway.ask(), 'one');
    served++;
  }
  t.diagnostic(`${count} half heads; a good client was answered ${served} times meanwhile`);
}
