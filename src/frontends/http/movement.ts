import type { Duplex } from 'node:stream';
import { kernelProgress } from '../../tls/node-tls.ts';

/** What has moved on a connection since it was last looked at. */
export class Movement {
  readonly #socket: Duplex;
  #sent = 0;
  #received = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** From now on. */
  mark(): void {
    this.#sent = kernelProgress(this.#socket).taken;
    this.#received = bytesRead(this.#socket);
  }

  /** The other side, or the network on its behalf, has taken something of what was sent. */
  get hasSent(): boolean {
    return kernelProgress(this.#socket).taken !== this.#sent;
  }

  get hasReceived(): boolean {
    return bytesRead(this.#socket) !== this.#received;
  }
}

function bytesRead(socket: Duplex): number {
  return 'bytesRead' in socket ? Number(socket.bytesRead) : 0;
}
