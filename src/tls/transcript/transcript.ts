import { DirectionReader } from './direction.ts';
import { type ConnectionSecrets, NO_SECRETS } from './key-log.ts';
import type { Message } from './message.ts';
import { Negotiation } from './negotiation.ts';

export type Side = 'client' | 'server';

/** Bytes as they passed on the wire, in the order in which they did. */
export interface Segment {
  readonly from: Side;
  /** Milliseconds since the start. */
  readonly atMs: number;
  readonly bytes: Buffer;
}

export interface TranscriptEntry {
  readonly from: Side;
  /** When its last byte passed, milliseconds since the start. */
  readonly atMs: number;
  /** Its own bytes, with its handshake header, without records and their protection. */
  readonly bytes: number;
  readonly encrypted: boolean;
  readonly message: Message;
}

/** What one side sent, in bytes on the wire. */
export interface SentBytes {
  readonly total: number;
  /** Up to and with its Finished; null: it sent none. */
  readonly handshake: number | null;
}

/** A handshake from its first byte, both sides. */
export interface Transcript {
  readonly entries: readonly TranscriptEntry[];
  readonly sent: Readonly<Record<Side, SentBytes>>;
  /** How often the client had to wait for an answer before both had finished. */
  readonly roundTrips: number;
}

/** Most messages that are taken from a connection; what follows is left out. */
export const MAX_ENTRIES = 500;

/**
 * Reads what passed between a TLS client and a server (TLS 1.2 and 1.3). With the connection's secrets
 * the encrypted messages are read as well, else they are `encrypted`. Never throws: whatever can't be
 * read becomes an entry that says so, and ends the reading of that side.
 */
export function readTranscript(
  segments: readonly Segment[],
  secrets: ConnectionSecrets = NO_SECRETS,
): Transcript {
  const entries: TranscriptEntry[] = [];
  const add = (entry: TranscriptEntry): boolean =>
    entries.length < MAX_ENTRIES && entries.push(entry) > 0;
  const negotiation = new Negotiation(secrets);
  const readers: Record<Side, DirectionReader> = {
    client: new DirectionReader('client', negotiation, add),
    server: new DirectionReader('server', negotiation, add),
  };
  for (const segment of segments) readers[segment.from].push(segment.bytes, segment.atMs);
  readers.client.end();
  readers.server.end();
  return {
    entries,
    sent: { client: readers.client.sent, server: readers.server.sent },
    roundTrips: countRoundTrips(entries),
  };
}

function countRoundTrips(entries: readonly TranscriptEntry[]): number {
  let trips = 0;
  let last: Side = 'server';
  const finished = new Set<Side>();
  for (const { from, message } of entries) {
    if (finished.size === 2) break;
    if (from === 'server' && last === 'client') trips += 1;
    last = from;
    if (message.kind === 'finished') finished.add(from);
  }
  return trips;
}
