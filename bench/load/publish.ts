// NATS: publishes on connections that stay open, in batches whose PONG is awaited, some in flight.
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { LoadPlan } from './plan.ts';

/** A batch is this many bytes of messages, and at most so many messages. */
const BATCH_BYTES = 256 * 1024;
const MOST_IN_BATCH = 512;
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
  return new Promise((resolve) => {
    const raw = connectPlain({ host: '127.0.0.1', port: plan.port, noDelay: true });
    raw.on('error', () => {});
    raw.on('close', () => resolve());
    raw.once('data', () => {
      const socket = connectTls({ socket: raw, servername: 'localhost', secureContext: context });
      socket.setTimeout(STALL_LIMIT_MS, () => {
        tally.fail('timed out');
        socket.destroy();
      });
      socket.on('close', () => resolve());
      socket.write('CONNECT {"verbose":false,"pedantic":false,"protocol":1,"headers":true}\r\n');
      new Publisher(socket, plan, tally).begin();
    });
  });
}

let lanes = 0;

class Publisher {
  readonly #socket: Socket;
  readonly #tally: PublishTally;
  readonly #batch: Buffer;
  readonly #batchSize: number;
  /** Bytes that one batch brings back. */
  readonly #answerBytes: number;
  readonly #hello: string;
  readonly #sent: number[] = [];
  #isEnding = false;
  /** Bytes of an answer so far; the last of them, where a line of the server's may begin. */
  #received = 0;
  #tail = '';

  constructor(socket: Socket, { mode, path, body }: LoadPlan, tally: PublishTally) {
    this.#socket = socket;
    this.#tally = tally;
    const subject = `${path}.${(lanes += 1) % 10}`;
    this.#batchSize = Math.max(1, Math.min(MOST_IN_BATCH, Math.floor(BATCH_BYTES / body.length)));
    const message = `PUB ${subject} ${body.length}\r\n${body}\r\n`;
    this.#batch = Buffer.from(`${message.repeat(this.#batchSize)}PING\r\n`);
    const delivery = mode === 'deliver' ? `MSG ${subject} 1 ${body.length}\r\n${body}\r\n` : '';
    this.#hello = mode === 'deliver' ? `SUB ${subject} 1\r\n` : '';
    this.#answerBytes = delivery.length * this.#batchSize;
  }

  begin(): void {
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // Once everything was answered the server may close before our own end has gone out.
    this.#socket.on('error', (error) => {
      if (!this.#isEnding) this.#tally.fail(error.message);
    });
    this.#socket.on('end', () => {
      if (!this.#isEnding) this.#tally.fail('closed by the server');
    });
    if (this.#hello !== '') this.#socket.write(this.#hello);
    for (let each = 0; each < BATCHES_IN_FLIGHT; each += 1) this.#send();
  }

  #send(): void {
    this.#sent.push(performance.now());
    this.#socket.write(this.#batch);
  }

  /** No message and no subject has a `P` or a `-` in it: what has is a line of the server's. */
  #read(chunk: Buffer): void {
    let at = 0;
    if (this.#tail !== '') {
      const rest = chunk.indexOf('\n') + 1;
      if (rest === 0) {
        this.#tail += chunk.toString('latin1');
        return;
      }
      this.#take(this.#tail + chunk.toString('latin1', 0, rest));
      this.#tail = '';
      at = rest;
    }
    for (;;) {
      const found = nearer(chunk.indexOf(P, at), chunk.indexOf(MINUS, at));
      if (found === -1) {
        this.#received += chunk.length - at;
        return;
      }
      this.#received += found - at;
      const end = chunk.indexOf('\n', found) + 1;
      if (end === 0) {
        this.#tail = chunk.toString('latin1', found);
        return;
      }
      this.#take(chunk.toString('latin1', found, end));
      at = end;
    }
  }

  #take(line: string): void {
    if (line === 'PING\r\n') {
      if (!this.#isEnding) this.#socket.write('PONG\r\n');
    } else if (line === 'PONG\r\n') {
      this.#answered();
    } else {
      this.#tally.fail(line);
    }
  }

  #answered(): void {
    if (this.#received !== this.#answerBytes) {
      this.#tally.fail(`${this.#received} bytes instead of ${this.#answerBytes}`);
    }
    this.#received = 0;
    this.#tally.latenciesMs.push(performance.now() - (this.#sent.shift() ?? 0));
    this.#tally.published += this.#batchSize;
    if (!this.#tally.isOver()) {
      this.#send();
    } else if (this.#sent.length === 0) {
      this.#isEnding = true;
      this.#socket.end();
    }
  }
}

const P = 0x50;
const MINUS = 0x2d;

function nearer(one: number, other: number): number {
  if (one === -1 || other === -1) return Math.max(one, other);
  return Math.min(one, other);
}
