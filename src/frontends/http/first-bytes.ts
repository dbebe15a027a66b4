import type { Socket } from 'node:net';
import { coarseClock, type Expiring } from './coarse-clock.ts';

/** With these a client begins HTTP/2 that has not been agreed upon (RFC 9113 section 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/**
 * Waits for the first bytes of a plain connection, which tell HTTP/2 with prior knowledge from HTTP/1.1,
 * and puts them back. `done` is called once; null: the client left, or said too little for `timeoutMs`,
 * and the connection is closed. Otherwise the socket is paused then.
 */
export class FirstBytes implements Expiring {
  deadline: number;
  clockPlace = -1;
  readonly #socket: Socket;
  readonly #done: (version: 'http/1' | 'h2' | null) => void;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, timeoutMs: number, done: (version: 'http/1' | 'h2' | null) => void) {
    this.#socket = socket;
    this.#done = done;
    coarseClock.add(this);
    this.deadline = coarseClock.deadline(timeoutMs);
    this.#begin(socket);
  }

  /** Waits no longer than this. */
  hurry(milliseconds: number): void {
    this.deadline = Math.min(this.deadline, coarseClock.deadline(milliseconds));
  }

  #begin(socket: Socket): void {
    socket.on('error', ignore);
    socket.on('data', this.#onData);
    socket.on('end', this.#onGone);
    socket.on('close', this.#onGone);
    // It may have been handed over paused.
    socket.resume();
  }

  expire(): void {
    this.#onGone();
  }

  #onData = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const length = Math.min(this.#bytes.length, PREFACE.length);
    const isPreface = this.#bytes.compare(PREFACE, 0, length, 0, length) === 0;
    if (isPreface && length < PREFACE.length) return;
    this.#letGo();
    this.#socket.pause();
    this.#socket.unshift(this.#bytes);
    this.#done(isPreface ? 'h2' : 'http/1');
  };

  #onGone = (): void => {
    this.#letGo();
    this.#socket.destroy();
    this.#done(null);
  };

  #letGo(): void {
    coarseClock.delete(this);
    const socket = this.#socket;
    socket.off('data', this.#onData);
    socket.off('end', this.#onGone);
    socket.off('close', this.#onGone);
  }
}

function ignore(): void {}
