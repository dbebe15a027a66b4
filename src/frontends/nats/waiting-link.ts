import type { HandshakeRecord } from '../../tls/handshake-record.ts';
import type { RawConnection } from '../../tls/raw-connection.ts';
import type { Dialer } from '../../upstreams/dial.ts';
import type { UpstreamLink } from './upstream-link.ts';

/**
 * Upstream connections whose clients have had the INFO and are shaking hands. They belong to a
 * connection and not to a frontend: a reload may come in between.
 */
const waiting = new WeakMap<HandshakeRecord, WaitingLink>();

/**
 * Keeps a link for the client with this record, and closes it with the client's connection. Only the
 * same `dialer` takes it.
 */
export function keepLink(
  record: HandshakeRecord,
  link: UpstreamLink,
  raw: RawConnection,
  dialer: Dialer,
): void {
  waiting.set(record, new WaitingLink(link, raw, dialer));
}

/** The link that was kept; null: there is none, its upstream is another's or did not wait. */
export function takeLink(record: HandshakeRecord, dialer: Dialer): UpstreamLink | null {
  const kept = waiting.get(record);
  if (kept === undefined) return null;
  waiting.delete(record);
  return kept.take(dialer);
}

class WaitingLink {
  readonly #link: UpstreamLink;
  readonly #raw: RawConnection;
  readonly #dialer: Dialer;

  constructor(link: UpstreamLink, raw: RawConnection, dialer: Dialer) {
    this.#link = link;
    this.#raw = raw;
    this.#dialer = dialer;
    raw.watch(this.#drop);
    // An upstream that says something now, says that it has waited long enough.
    link.socket.on('data', this.#drop);
    link.socket.on('end', this.#drop);
    link.socket.resume();
  }

  take(dialer: Dialer): UpstreamLink | null {
    const { socket } = this.#link;
    this.#raw.unwatch(this.#drop);
    if (dialer !== this.#dialer) this.#drop();
    if (socket.destroyed) return null;
    socket.off('data', this.#drop);
    socket.off('end', this.#drop);
    socket.pause();
    return this.#link;
  }

  readonly #drop = (): void => {
    this.#link.socket.destroy();
  };
}
