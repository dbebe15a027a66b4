import type { Side, Transcript, TranscriptEntry } from '../transcript/transcript.ts';

/** A complete handshake in numbers. Times are milliseconds since the ClientHello was sent. */
export interface HandshakeMeasure {
  /** Handshake messages up to both Finished. */
  readonly messages: Readonly<Record<Side, number>>;
  /** Bytes on the wire, records and their protection included, up to and with each side's Finished. */
  readonly bytes: Readonly<Record<Side, number>>;
  readonly roundTrips: number;
  /** Until the client could send its first request. */
  readonly clientMs: number;
  /** Until the client had the first sign that the server is through as well: a ticket or, in TLS 1.2, its Finished; null: none came. */
  readonly serverMs: number | null;
}

/** Measures a handshake. Null: it was not completed. */
export function measureHandshake({
  entries,
  sent,
  roundTrips,
}: Transcript): HandshakeMeasure | null {
  const finished = entries.filter(({ message }) => message.kind === 'finished');
  const { client, server } = sent;
  if (finished.length < 2 || client.handshake === null || server.handshake === null) return null;
  const last = finished[1];
  const start = entries[0].atMs;
  const until = entries.indexOf(last);
  const handshake = entries.slice(0, until + 1).filter(isHandshake);
  const sign =
    last.from === 'server'
      ? last
      : entries.slice(until + 1).find(({ from, encrypted }) => from === 'server' && encrypted);
  return {
    messages: { client: count(handshake, 'client'), server: count(handshake, 'server') },
    bytes: { client: client.handshake, server: server.handshake },
    roundTrips,
    clientMs: last.atMs - start,
    serverMs: sign === undefined ? null : sign.atMs - start,
  };
}

function isHandshake({ message }: TranscriptEntry): boolean {
  return message.kind !== 'change-cipher-spec' && message.kind !== 'alert';
}

function count(entries: readonly TranscriptEntry[], side: Side): number {
  return entries.filter(({ from }) => from === side).length;
}
