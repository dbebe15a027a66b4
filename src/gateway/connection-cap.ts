import type { GatewayLog } from '../observability/log.ts';
import { connectionRoom, openFileLimit } from './open-files.ts';
import type { ListenerOptions } from './options.ts';

/** Room for this many is worth no word where no number was asked for. */
const ENOUGH_CONNECTIONS = 10_000;

/** What the limit on open files lets a process of this gateway take, whatever is configured. */
export class ConnectionCap {
  readonly #openFiles = openFileLimit();
  readonly #told = new Set<string>();

  /** Connections that a process has room for. */
  get room(): number {
    return connectionRoom(this.#openFiles);
  }

  /** Tells, once each, of listeners that are configured to take more, each as one process has it. */
  tell(listeners: readonly ListenerOptions[], log: GatewayLog): void {
    for (const { name, limits } of listeners) {
      const text = `${limits.connections} ${name}`;
      const isEnough = !limits.connectionsAsked && this.room >= ENOUGH_CONNECTIONS;
      if (limits.connections <= this.room || isEnough || this.#told.has(text)) continue;
      this.#told.add(text);
      log.connectionsCapped(name, limits.connections, this.room, this.#openFiles);
    }
  }
}
