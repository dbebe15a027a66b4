// Requests in bursts, on connections that stay open between them.
import { AnswerReader } from './answer.ts';
import { excerpt, type Material, open, OPERATION_LIMIT_MS } from './connection.ts';
import type { LoadPlan } from './plan.ts';
import type { Tally } from './tally.ts';

/** Servers end a connection after so many requests, or twice as many. */
const MOST_REQUESTS = 50_000;

/** Connections that rest, by the port that they go to. */
const resting = new Map<number, BurstConnection[]>();

/** One connection's part of a burst: requests one after another until it is over, the last one answered. */
export async function burstLane(plan: LoadPlan, material: Material, tally: Tally): Promise<void> {
  const there = resting.get(plan.port) ?? [];
  resting.set(plan.port, there);
  const connection = there.pop() ?? new BurstConnection(plan, material);
  while (!tally.isOver()) {
    const started = performance.now();
    const failure = await connection.ask();
    if (failure !== null) {
      tally.fail(failure);
      return;
    }
    tally.done(started);
  }
  if (connection.requests < MOST_REQUESTS) there.push(connection);
  else connection.close();
}

class BurstConnection {
  requests = 0;
  readonly #request: Buffer;
  readonly #reader: AnswerReader;
  readonly #socket;
  readonly #isOpen: Promise<void>;
  #failure: string | null = null;
  #answered: ((failure: string | null) => void) | null = null;

  constructor(plan: LoadPlan, material: Material) {
    const opened = Promise.withResolvers<void>();
    this.#request = material.request;
    this.#reader = new AnswerReader(material.body, material.bodyBytes);
    this.#isOpen = opened.promise;
    this.#socket = open(plan, material, opened.resolve);
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.setTimeout(OPERATION_LIMIT_MS);
    this.#socket.on('timeout', () => {
      if (this.#answered !== null) this.#end('timed out');
    });
    this.#socket.on('error', ({ message }) => this.#end(message));
    this.#socket.on('close', () => {
      this.#end('closed before the answer');
      opened.resolve();
    });
  }

  /** null: it was answered rightly; otherwise what was wrong, and the connection is of no more use. */
  async ask(): Promise<string | null> {
    await this.#isOpen;
    if (this.#failure !== null) return this.#failure;
    this.requests++;
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#socket.write(this.#request);
    });
  }

  /** It is of no more use. */
  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const progress = this.#answered === null ? 'wrong' : this.#reader.read(chunk);
    if (progress === 'wrong') this.#end(`wrong answer ${excerpt(chunk)}`);
    if (progress !== 'whole') return;
    const answered = this.#answered;
    this.#answered = null;
    answered?.(null);
  }

  #end(failure: string): void {
    this.#failure ??= failure;
    this.#socket.destroy();
    this.#answered?.(this.#failure);
    this.#answered = null;
  }
}
