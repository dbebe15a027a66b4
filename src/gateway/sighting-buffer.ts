import type { Sighting } from '../observability/client-ledger.ts';

/** A sighting that can be written into. */
export type Pending = { -readonly [Key in keyof Sighting]: Sighting[Key] };

/**
 * Sightings on their way to the ledger: those of one client with one outcome, one after the other, are
 * one. Bounded: what there is no room for is left out.
 */
export class SightingBuffer {
  readonly #capacity: number;
  #sightings: Pending[] = [];
  /** The last of each client, by listener and by its certificate or address. */
  #last = new Map<string, Map<string, Pending>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** What is added is copied: the object may be used again. */
  add(sighting: Sighting): void {
    const { listener, fingerprint, address, user, mode, finding } = sighting;
    const client = fingerprint ?? address;
    let clients = this.#last.get(listener);
    const last = clients?.get(client);
    if (last?.finding === finding && last.user === user && last.mode === mode) {
      last.count += sighting.count;
      // Handshakes end in another order than they began.
      last.firstSeen = Math.min(last.firstSeen, sighting.firstSeen);
      last.lastSeen = Math.max(last.lastSeen, sighting.lastSeen);
      last.address = address;
      return;
    }
    if (this.#sightings.length >= this.#capacity) return;
    const pending = { ...sighting };
    this.#sightings.push(pending);
    if (clients === undefined) this.#last.set(listener, (clients = new Map()));
    clients.set(client, pending);
  }

  /** What there is, the earliest first; the buffer is empty then. */
  take(): readonly Sighting[] {
    const sightings = this.#sightings;
    this.#sightings = [];
    this.#last = new Map();
    return sightings;
  }
}
