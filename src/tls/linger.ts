import type { Socket } from 'node:net';
import { Deadlines, type Timed } from './deadlines.ts';

/** How long a closing connection is kept for its client to read the last answer, milliseconds. */
export const LINGER_MS = 2000;
/** What a client may still send in that time, bytes. */
const MOST_DISCARDED = 256 * 1024;
/** Connections that linger at one time in this process; further ones close at once. */
const MAX_LINGERING = 2048;

/**
 * Sends `last`, closes our side and reads on, discarding, until the client has closed too: a socket
 * that is closed with unread bytes in it resets the connection, and the client would lose the answer.
 * Bounded in time, in bytes and in number. Works on plain and TLS sockets alike; the caller takes its
 * own listeners off before, and must not use the socket afterwards. `mostDiscarded` are the bytes.
 */
export function closeGently(
  socket: Socket,
  last?: Uint8Array,
  mostDiscarded = MOST_DISCARDED,
): void {
  if (socket.destroyed) return;
  if (lingering.size >= MAX_LINGERING) {
    socket.on('error', ignore);
    if (last === undefined) socket.destroy();
    else socket.end(last, () => socket.destroy());
    return;
  }
  const parting = new Parting(socket, mostDiscarded);
  lingering.add(parting);
  if (last === undefined) socket.end();
  else socket.end(last);
  socket.resume();
}

class Parting implements Timed {
  deadline = 0;
  earlier: Timed | null = null;
  later: Timed | null = null;
  readonly socket: Socket;
  readonly #mostDiscarded: number;
  #discarded = 0;

  constructor(socket: Socket, mostDiscarded: number) {
    this.socket = socket;
    this.#mostDiscarded = mostDiscarded;
    socket.on('error', ignore);
    socket.on('data', (chunk: Buffer) => this.#discard(chunk));
    socket.on('end', () => this.socket.destroySoon());
    socket.on('close', () => lingering.remove(this));
  }

  #discard(chunk: Buffer): void {
    this.#discarded += chunk.length;
    if (this.#discarded > this.#mostDiscarded) this.socket.destroy();
  }
}

const lingering = new Deadlines<Parting>(LINGER_MS, (parting) => parting.socket.destroy());

function ignore(): void {}
