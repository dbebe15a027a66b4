import { isDeepStrictEqual } from 'node:util';
import { ListServer } from '../ca/list-server.ts';
import type { GatewayLog } from '../observability/log.ts';
import { bindAddress, type Bound } from './bind.ts';
import type { Applied } from './gateway.ts';
import type { AuthorityOptions, GatewayOptions, ListenAddress } from './options.ts';
import type { GatewayHost } from './reload.ts';

/** The revocation lists of the attached authority over plain HTTP, where `ca.crl_listen` says. */
export class ListService implements GatewayHost {
  readonly #inner: GatewayHost;
  readonly #log: GatewayLog;
  #open: OpenLists | null = null;

  /** `inner` applies snapshots. */
  constructor(inner: GatewayHost, log: GatewayLog) {
    this.#inner = inner;
    this.#log = log;
  }

  /** What it listens on, such as `127.0.0.1:8889`; null: nowhere. */
  get address(): string | null {
    return this.#open?.bound.address ?? null;
  }

  /** As of `inner`. Throws BindError where the address is taken; nothing has changed then. */
  async apply(options: GatewayOptions, graceMs: number): Promise<Applied> {
    const old = this.#open;
    const next = await this.#turnTo(options.authority);
    let applied: Applied;
    try {
      applied = await this.#inner.apply(options, graceMs);
    } catch (error) {
      if (next !== old && next !== null) close(next, old);
      throw error;
    }
    if (next === old) return applied;
    this.#open = next;
    if (next !== null) next.door.server = next.server;
    if (old !== null) close(old, next);
    return applied;
  }

  close(): void {
    if (this.#open !== null) close(this.#open, null);
    this.#open = null;
  }

  async #turnTo(wanted: AuthorityOptions | null): Promise<OpenLists | null> {
    const listen = wanted?.listsListen ?? null;
    if (wanted === null || listen === null) return null;
    const { dir } = wanted;
    const old = this.#open;
    const isThere = old !== null && isDeepStrictEqual(old.listen, listen);
    if (isThere && old.dir === dir) return old;
    const server = new ListServer({
      dir,
      now: Date.now,
      onFault: (error) => this.#log.fault('authority', error),
    });
    if (isThere) return { ...old, dir, server };
    const door = { server };
    const bound = await bindAddress(listen, (raw) => door.server.accept(raw.toSocket()), 'alone');
    return { dir, listen, server, door, bound };
  }
}

interface OpenLists {
  readonly dir: string;
  readonly listen: ListenAddress;
  readonly server: ListServer;
  /** Who gets the connections. */
  readonly door: { server: ListServer };
  readonly bound: Bound;
}

/** Leaves alone what `other` goes on with. */
function close(lists: OpenLists, other: OpenLists | null): void {
  lists.server.close();
  if (lists.bound === other?.bound) return;
  for (const server of lists.bound.servers) server.close();
}
