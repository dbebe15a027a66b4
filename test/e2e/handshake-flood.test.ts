// Many handshakes that go nowhere: the oldest gives way, and a client that goes on is served meanwhile.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { capturedHello } from '../support/captured-hello.ts';
import { LimitedGateway, until } from '../support/limited-gateway.ts';
import { needs } from '../support/programs.ts';

const IN_FLIGHT = 40;
const ROUNDS = 6;
const A_ROUND = 30;
const FLOOD = ROUNDS * A_ROUND;

const hello = await capturedHello();
const stalls: Record<string, (socket: Socket) => void> = {
  'before a byte': () => {},
  'within the ClientHello': (socket) => socket.write(hello.subarray(0, 100)),
  'after the ClientHello': (socket) => socket.write(hello),
};

describe('a flood of handshakes', { concurrency: true, ...needs('openssl') }, () => {
  for (const [where, stall] of Object.entries(stalls)) {
    test(`that stall ${where} takes no more than its places`, async (t) => {
      const gateway = await LimitedGateway.start(t, {
        limits: `handshakes: ${IN_FLIGHT}`,
        timeout: '60s',
      });
      const flood: Socket[] = [];
      const served: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const sockets = await Promise.all(Array.from({ length: A_ROUND }, () => gateway.plain()));
        for (const socket of sockets) {
          socket.resume();
          stall(socket);
        }
        flood.push(...sockets);
        served.push(await gateway.ask());
      }
      assert.deepEqual(
        served,
        Array.from({ length: ROUNDS }, () => 'one'),
      );
      const living = (): number => flood.filter((socket) => !socket.closed).length;
      await until(() => living() <= IN_FLIGHT, 'the rest is closed');
      // The latest are there still: it is the oldest that went.
      assert.equal(flood.at(-1)?.closed, false);
      assert.equal(flood[0]?.closed, true);
      await until(() => gateway.refused('handshakes').count >= FLOOD - IN_FLIGHT, 'counted');
      assert.ok(gateway.refused('handshakes').lines < 10);
      const told = gateway.process.log.filter(({ cause }) => cause === 'crowded-out');
      assert.equal(told.length, 0);
      for (const socket of flood) socket.destroy();
    });
  }
});
