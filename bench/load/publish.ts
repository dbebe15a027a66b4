// Messages on connections that stay open, in batches whose answer is awaited, some in flight.
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { LoadPlan } from './plan.ts';
import { MqttDialect } from './publish-mqtt.ts';
import { NatsDialect } from './publish-nats.ts';

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

/** How a protocol publishes, on one connection. */
export interface Dialect {
  /** What the connection begins with. */
  readonly hello: Buffer;
  /** Messages, and a question whose answer says that all of them were taken. */
  readonly batch: Buffer;
  /** Reads what the server sends. */
  read(chunk: Buffer, listener: AnswerListener): void;
}

export interface AnswerListener {
  /** A batch was answered. */
  answered(): void;
  /** The server wants to hear something. */
  reply(bytes: string): void;
  /** It said what it should not. */
  fail(reason: string): void;
}

let lanes = 0;

/** One connection: messages with `plan.body` until the time is over. */
export function publishLane(
  plan: LoadPlan,
  context: SecureContext,
  tally: PublishTally,
): Promise<void> {
  const size = Math.max(1, Math.min(MOST_IN_BATCH, Math.floor(BATCH_BYTES / plan.body.length)));
  lanes += 1;
  const lane = lanes % 10;
  return new Promise((resolve) => {
    const raw = connectPlain({ host: '127.0.0.1', port: plan.port, noDelay: true });
    raw.on('error', () => {});
    raw.on('close', () => resolve());
    const begin = (dialect: Dialect): void => {
      const socket = connectTls({ socket: raw, servername: 'localhost', secureContext: context });
      socket.setTimeout(STALL_LIMIT_MS, () => {
        tally.fail('timed out');
        socket.destroy();
      });
      socket.on('close', () => resolve());
      new Publisher(socket, dialect, size, tally).begin();
    };
    if (plan.mode === 'mqtt-publish') {
      raw.once('connect', () => begin(new MqttDialect(`${plan.path}/${lane}`, plan, size)));
    } else {
      // INFO, and then TLS.
      raw.once('data', () => begin(new NatsDialect(`${plan.path}.${lane}`, plan, size)));
    }
  });
}

class Publisher implements AnswerListener {
  readonly #socket: Socket;
  readonly #dialect: Dialect;
  readonly #batchSize: number;
  readonly #tally: PublishTally;
  readonly #sent: number[] = [];
  #isEnding = false;

  constructor(socket: Socket, dialect: Dialect, batchSize: number, tally: PublishTally) {
    this.#socket = socket;
    this.#dialect = dialect;
    this.#batchSize = batchSize;
    this.#tally = tally;
  }

  begin(): void {
    this.#socket.on('data', (chunk: Buffer) => this.#dialect.read(chunk, this));
    // Once everything was answered the server may close before our own end has gone out.
    this.#socket.on('error', (error) => {
      if (!this.#isEnding) this.#tally.fail(error.message);
    });
    this.#socket.on('end', () => {
      if (!this.#isEnding) this.#tally.fail('closed by the server');
    });
    this.#socket.write(this.#dialect.hello);
    for (let each = 0; each < BATCHES_IN_FLIGHT; each += 1) this.#send();
  }

  reply(bytes: string): void {
    if (!this.#isEnding) this.#socket.write(bytes);
  }

  fail(reason: string): void {
    this.#tally.fail(reason);
  }

  answered(): void {
    this.#tally.latenciesMs.push(performance.now() - (this.#sent.shift() ?? 0));
    this.#tally.published += this.#batchSize;
    if (!this.#tally.isOver()) {
      this.#send();
    } else if (this.#sent.length === 0) {
      this.#isEnding = true;
      this.#socket.end();
    }
  }

  #send(): void {
    this.#sent.push(performance.now());
    this.#socket.write(this.#dialect.batch);
  }
}
