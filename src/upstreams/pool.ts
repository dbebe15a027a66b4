import { type ExpiringItem, ExpiringList } from './expiring-list.ts';

/** A connection that can wait for its next use. */
export interface Poolable<T> extends ExpiringItem<T> {
  /** Ends the connection. */
  close(): void;
}

export interface IdlePoolOptions {
  /** Most connections kept; 0 keeps none. */
  readonly maxIdle: number;
  /** How long one is kept unused, milliseconds. */
  readonly idleTimeoutMs: number;
}

/**
 * The unused connections to one upstream. The one used last is handed out first, so that a quiet
 * hour closes the rest. Whoever owns a connection removes it here when it dies or when bytes arrive
 * on it: what comes before a request is no answer to it.
 */
export class IdlePool<T extends Poolable<T>> {
  #idle: ExpiringList<T>;
  #maxIdle: number;
  #closed = false;

  constructor(options: IdlePoolOptions) {
    this.#maxIdle = options.maxIdle;
    this.#idle = new ExpiringList<T>(options.idleTimeoutMs, (connection) => connection.close());
  }

  get size(): number {
    return this.#idle.size;
  }

  /** The connection used last; null when there is none. */
  take(): T | null {
    const connection = this.#idle.newest;
    if (connection !== null) this.#idle.remove(connection);
    return connection;
  }

  /** Keeps the connection for the next `take`. When the pool is full the one unused longest is closed. */
  put(connection: T): void {
    if (this.#closed || this.#maxIdle <= 0) {
      connection.close();
      return;
    }
    this.#idle.add(connection);
    if (this.#idle.size > this.#maxIdle) this.#closeOldest();
  }

  /** Forgets a connection that died while it was idle; nothing happens when it is in use. */
  remove(connection: T): void {
    this.#idle.remove(connection);
  }

  /** Closes every idle connection, and from now on each one that is put back. */
  close(): void {
    this.#closed = true;
    while (this.#idle.oldest !== null) this.#closeOldest();
  }

  #closeOldest(): void {
    const oldest = this.#idle.oldest;
    if (oldest === null) return;
    this.#idle.remove(oldest);
    oldest.close();
  }
}
