import { createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { DerError } from '../pki/der.ts';
import type { TicketKey, TicketKeys } from './node-tls.ts';
import { peerOf } from './session-data.ts';
import type { TicketSecrets } from './ticket-secrets.ts';

/** What a client's ticket holds, as far as it matters before the handshake. */
export interface OpenedTicket {
  /** Tells this ticket from every other. */
  readonly id: string;
  /** The client's certificate, DER; null: the session was made without one. */
  readonly leaf: Buffer | null;
}

/**
 * The session tickets of one context. OpenSSL seals and opens them with keys that are made from the
 * secrets of the gateway and the binding of the context, so that no other context can open them. One
 * that a client presents is opened here first, and OpenSSL may open it only once it was let in: without
 * that the handshake is a full one.
 */
export class TicketBox implements TicketKeys {
  readonly #secrets: TicketSecrets;
  readonly #binding: string;
  #derivedFrom: readonly Buffer[] = [];
  #keys: readonly TicketKey[] = [];
  /** Tickets let in, with the number of handshakes that are under way by each. */
  readonly #letIn = new Map<string, number>();

  constructor(secrets: TicketSecrets, binding: string) {
    this.#secrets = secrets;
    this.#binding = binding;
  }

  /** Null: not a ticket of this context, or sealed too long ago. Never throws. */
  open(ticket: Buffer): OpenedTicket | null {
    if (ticket.length < SHORTEST_TICKET || ticket.length > LONGEST_TICKET) return null;
    const key = this.#keyNamed(ticket.subarray(0, NAME_BYTES));
    if (key === null) return null;
    const end = ticket.length - MAC_BYTES;
    const mac = createHmac('sha256', key.hmac).update(ticket.subarray(0, end)).digest();
    if (!timingSafeEqual(mac, ticket.subarray(end))) return null;
    const iv = ticket.subarray(NAME_BYTES, HEAD_BYTES);
    try {
      const cipher = createDecipheriv('aes-128-cbc', key.aes, iv);
      const session = Buffer.concat([
        cipher.update(ticket.subarray(HEAD_BYTES, end)),
        cipher.final(),
      ]);
      return { id: idOf(iv), leaf: peerOf(session) };
    } catch (error) {
      if (error instanceof DerError || isDecryptError(error)) return null;
      throw error;
    }
  }

  /** Lets OpenSSL open it, until as many `letOut` have followed. */
  letIn({ id }: OpenedTicket): void {
    this.#letIn.set(id, (this.#letIn.get(id) ?? 0) + 1);
  }

  letOut({ id }: OpenedTicket): void {
    const handshakes = this.#letIn.get(id) ?? 0;
    if (handshakes > 1) this.#letIn.set(id, handshakes - 1);
    else this.#letIn.delete(id);
  }

  sealing(): TicketKey {
    return this.#current()[0];
  }

  opening(name: Buffer, iv: Buffer): TicketKey | null {
    return this.#letIn.has(idOf(iv)) ? this.#keyNamed(name) : null;
  }

  #keyNamed(name: Buffer): TicketKey | null {
    return this.#current().find((key) => key.name.equals(name)) ?? null;
  }

  #current(): readonly TicketKey[] {
    const { all } = this.#secrets;
    if (all === this.#derivedFrom) return this.#keys;
    this.#keys = all.map((secret) => deriveKey(secret, this.#binding));
    this.#derivedFrom = all;
    return this.#keys;
  }
}

const NAME_BYTES = 16;
const HEAD_BYTES = NAME_BYTES + 16;
const MAC_BYTES = 32;
const SHORTEST_TICKET = HEAD_BYTES + 16 + MAC_BYTES;
/** A certificate of 64 KiB doesn't fit into what carries a ticket. */
const LONGEST_TICKET = 65_535;

function deriveKey(secret: Buffer, binding: string): TicketKey {
  const info = `countersign session ticket ${binding}`;
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', info, 64));
  return {
    name: bytes.subarray(0, 16),
    aes: bytes.subarray(16, 32),
    hmac: bytes.subarray(32, 64),
  };
}

const idOf = (iv: Buffer): string => iv.toString('latin1');

function isDecryptError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code?.startsWith('ERR_OSSL_') === true;
}
