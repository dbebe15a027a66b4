import { clientNetwork } from './client-network.ts';
import type { ListenerLimits } from './options.ts';

/** Why a connection was not taken, or was given up for another. */
export type RefusalCause =
  /** As many as the listener takes are there. */
  | 'connections'
  /** As many as it takes from one address are there from this one. */
  | 'connections-per-address'
  /** The process has no room for more open files. */
  | 'open-files'
  /** The handshake in flight longest was dropped for a new one. */
  | 'handshakes';

/** How many connections of all listeners a process has room for, and how many there are. */
export class ConnectionRoom {
  readonly most: number;
  taken = 0;

  constructor(most: number) {
    this.most = most;
  }
}

/** Counts the connections of one listener, and says which are too many. */
export class Entrance {
  readonly #room: ConnectionRoom;
  readonly #byNetwork = new Map<string, number>();
  #count = 0;

  constructor(room: ConnectionRoom) {
    this.#room = room;
  }

  /** Counts one more connection from `address` (empty: it has none), unless one of the limits is reached. */
  enter(address: string, limits: ListenerLimits): RefusalCause | null {
    if (this.#count >= limits.connections) return 'connections';
    if (this.#room.taken >= this.#room.most) return 'open-files';
    if (address !== '') {
      const network = clientNetwork(address);
      const there = this.#byNetwork.get(network) ?? 0;
      const most = limits.connectionsPerAddress;
      if (most !== null && there >= most) return 'connections-per-address';
      this.#byNetwork.set(network, there + 1);
    }
    this.#count++;
    this.#room.taken++;
    return null;
  }

  /** A connection that was let in from this address is gone. */
  leave(address: string): void {
    this.#count--;
    this.#room.taken--;
    if (address === '') return;
    const network = clientNetwork(address);
    const there = this.#byNetwork.get(network) ?? 0;
    if (there > 1) this.#byNetwork.set(network, there - 1);
    else this.#byNetwork.delete(network);
  }
}
