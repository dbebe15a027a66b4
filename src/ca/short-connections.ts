import type { Socket } from 'node:net';

const MAX_CONNECTIONS = 256;
/** A connection that sends a byte now and then is closed all the same after this long. */
const LIFE_MS = 60_000;

/** Connections of clients who ask for little and then leave: bounded in number, 256, and in time, a minute. */
export class ShortConnections {
  readonly #open = new Set<Socket>();

  /** False: it is one too many, and was closed. */
  admit(socket: Socket): boolean {
    if (this.#open.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return false;
    }
    this.#open.add(socket);
    const end = setTimeout(() => socket.destroy(), LIFE_MS).unref();
    socket.once('close', () => {
      clearTimeout(end);
      this.#open.delete(socket);
    });
    return true;
  }

  closeAll(): void {
    for (const socket of this.#open) socket.destroy();
  }
}
