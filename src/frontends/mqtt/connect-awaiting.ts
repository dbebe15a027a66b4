import type { Socket } from 'node:net';
import { HeldBytes } from '../held-bytes.ts';
import { findConnect } from './wire/first-packet.ts';

/** Waits for the CONNECT that a client begins with. What follows it stays in the socket, which is paused then. */
export class ConnectAwaiting {
  readonly #socket: Socket;
  readonly #most: number;
  readonly #done: (body: Buffer | null) => void;
  readonly #held = new HeldBytes();

  /** `done` gets its body; null: the client begins with something else, or with more than `most` bytes. */
  constructor(socket: Socket, most: number, done: (body: Buffer | null) => void) {
    this.#socket = socket;
    this.#most = most;
    this.#done = done;
    socket.on('data', this.#take);
  }

  /** Waits no more. */
  stop(): void {
    this.#socket.off('data', this.#take);
  }

  readonly #take = (chunk: Buffer): void => {
    this.#held.append(chunk);
    const { bytes } = this.#held;
    const found = findConnect(bytes, this.#most);
    if (found.kind === 'incomplete') return;
    this.stop();
    this.#socket.pause();
    this.#held.take();
    if (found.kind === 'malformed') return this.#done(null);
    if (found.to < bytes.length) this.#socket.unshift(bytes.subarray(found.to));
    this.#done(bytes.subarray(found.from, found.to));
  };
}
