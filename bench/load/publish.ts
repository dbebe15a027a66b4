// NATS: publishes on connections that stay open, in batches whose PONG is awaited, some in flight.
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { LoadPlan } from './plan.ts';

const BATCH = 512;
const BATCHES_IN_FLIGHT = 16;
const STALL_LIMIT_MS = 10_000;

export interface PublishTally {
  published: number;
  readonly latenciesMs: number[];
  isOver(): boolean;
  fail(reason: string): void;
}

/** One connection: INFO, TLS, CONNECT, then messages with `plan.body` until the time is over. */
export function publishLane(
  plan: LoadPlan,
  context: SecureContext,
  tally: PublishTally,
): Promise<void> {
  const message = `PUB ${plan.path} ${plan.body.length}\r\n${plan.body}\r\n`;
  const batch = Buffer.from(`${message.repeat(BATCH)}PING\r\n`);
  return new Promise((resolve) => {
    const raw = connectPlain({ host: '127.0.0.1', port: plan.port, noDelay: true });
    raw.on('error', (error) => tally.fail(error.message));
    raw.on('close', () => resolve());
    raw.once('data', () => {
      const socket = connectTls({ socket: raw, servername: 'localhost', secureContext: context });
      socket.setTimeout(STALL_LIMIT_MS, () => {
        tally.fail('timed out');
        socket.destroy();
      });
      socket.on('error', (error) => tally.fail(error.message));
      socket.on('close', () => resolve());
      socket.write('CONNECT {"verbose":false,"pedantic":false,"protocol":1,"headers":true}\r\n');
      publish(socket, batch, tally);
    });
  });
}

function publish(socket: Socket, batch: Buffer, tally: PublishTally): void {
  const sent: number[] = [];
  const send = (): void => {
    sent.push(performance.now());
    socket.write(batch);
  };
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    for (let end = received.indexOf('\r\n'); end !== -1; end = received.indexOf('\r\n')) {
      const line = received.slice(0, end);
      received = received.slice(end + 2);
      if (line === 'PONG') {
        tally.latenciesMs.push(performance.now() - (sent.shift() ?? 0));
        tally.published += BATCH;
        if (!tally.isOver()) send();
        else if (sent.length === 0) socket.end();
      } else if (line === 'PING') {
        socket.write('PONG\r\n');
      } else if (line.startsWith('-ERR')) {
        tally.fail(line);
      }
    }
  });
  for (let each = 0; each < BATCHES_IN_FLIGHT; each++) send();
}
