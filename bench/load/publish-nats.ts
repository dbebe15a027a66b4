// NATS: messages, and a PING whose PONG says that they were taken.
import type { LoadPlan } from './plan.ts';
import type { AnswerListener, Dialect } from './publish.ts';

export class NatsDialect implements Dialect {
  readonly hello: Buffer;
  readonly batch: Buffer;
  /** Bytes that one batch brings back. */
  readonly #answerBytes: number;
  /** Bytes of an answer so far; the last of them, where a line of the server's may begin. */
  #received = 0;
  #tail = '';

  /** With `plan.mode` `deliver` the connection subscribes to what it publishes. */
  constructor(subject: string, { mode, body }: LoadPlan, size: number) {
    const message = `PUB ${subject} ${body.length}\r\n${body}\r\n`;
    this.batch = Buffer.from(`${message.repeat(size)}PING\r\n`);
    const delivery = mode === 'deliver' ? `MSG ${subject} 1 ${body.length}\r\n${body}\r\n` : '';
    const subscription = mode === 'deliver' ? `SUB ${subject} 1\r\n` : '';
    this.hello = Buffer.from(`${CONNECT}${subscription}`);
    this.#answerBytes = delivery.length * size;
  }

  /** No message and no subject has a `P` or a `-` in it: what has is a line of the server's. */
  read(chunk: Buffer, listener: AnswerListener): void {
    let at = 0;
    if (this.#tail !== '') {
      const rest = chunk.indexOf('\n') + 1;
      if (rest === 0) {
        this.#tail += chunk.toString('latin1');
        return;
      }
      this.#take(this.#tail + chunk.toString('latin1', 0, rest), listener);
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
      this.#take(chunk.toString('latin1', found, end), listener);
      at = end;
    }
  }

  #take(line: string, listener: AnswerListener): void {
    if (line === 'PING\r\n') {
      listener.reply('PONG\r\n');
    } else if (line === 'PONG\r\n') {
      if (this.#received !== this.#answerBytes) {
        listener.fail(`${this.#received} bytes instead of ${this.#answerBytes}`);
      }
      this.#received = 0;
      listener.answered();
    } else {
      listener.fail(line);
    }
  }
}

const CONNECT = 'CONNECT {"verbose":false,"pedantic":false,"protocol":1,"headers":true}\r\n';
const P = 0x50;
const MINUS = 0x2d;

function nearer(one: number, other: number): number {
  if (one === -1 || other === -1) return Math.max(one, other);
  return Math.min(one, other);
}
