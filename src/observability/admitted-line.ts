// The line of a client that was simply admitted, which every connection has: as JSON.stringify would make
// it, of what lines of the same client have in common and what each has of its own.
import type { PeerFacts } from '../tls/handshake-record.ts';
import type { HandshakeEvent } from './event.ts';
import { MAX_LINE, put, putIsoTime, putNumber } from './line-bytes.ts';

/** What lines have of their own besides: times, numbers, id and address. */
const OWN_BYTES = 512;

export interface AdmittedAt {
  readonly event: HandshakeEvent;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Whether `putAdmitted` can make the line: it is short enough, and nothing is unusual about the handshake. */
export function isUsual(event: HandshakeEvent): boolean {
  const { outcome, cause, detail, finding, offeredCiphers } = event;
  if (outcome !== 'admitted' || cause !== null || detail !== null) return false;
  if (finding !== undefined) return false;
  if (offeredCiphers.length > 0 || !ADDRESS.test(event.remoteAddress)) return false;
  return shapeOf(event).bytes <= MAX_LINE - OWN_BYTES;
}

/** Puts the line of an admitted client, level `info`, of an event that `isUsual`. */
export function putAdmitted(
  { event, at: time }: AdmittedAt,
  memory: Buffer,
  start: number,
): number {
  const shape = shapeOf(event);
  let at = put(memory, start, '{"level":"info","time":"');
  at = putIsoTime(memory, at, time);
  at = put(memory, at, '","event":"handshake","id":"');
  at = put(memory, at, event.id);
  memory.set(shape.listener, at);
  at += shape.listener.length;
  at = put(memory, at, String(event.startedAt));
  at = put(memory, at, ',"durationMs":');
  at = put(memory, at, String(event.durationMs));
  at = put(memory, at, ',"remoteAddress":"');
  at = put(memory, at, event.remoteAddress);
  at = put(memory, at, '","remotePort":');
  at = putNumber(memory, at, event.remotePort);
  memory.set(shape.rest, at);
  return at + shape.rest.length;
}

/** It needs no quoting. */
const ADDRESS = /^[0-9a-zA-Z.:%]{0,256}$/;

/** What the lines of a client have in common while it comes in the same way. */
class LineShape {
  /** From behind the id up to the time. */
  readonly listener: Buffer;
  /** From behind the port to the end. */
  readonly rest: Buffer;
  readonly #of: HandshakeEvent;

  constructor(event: HandshakeEvent) {
    // JSON leaves out what is undefined.
    const rest = JSON.stringify({
      ...event,
      event: undefined,
      id: undefined,
      listener: undefined,
      startedAt: undefined,
      durationMs: undefined,
      remoteAddress: undefined,
      remotePort: undefined,
      presented: undefined,
    });
    this.#of = event;
    this.listener = Buffer.from(`","listener":${JSON.stringify(event.listener)},"startedAt":`);
    this.rest = Buffer.from(`,${rest.slice(1, -1)},"msg":"admitted"}\n`);
  }

  get bytes(): number {
    return this.listener.length + this.rest.length;
  }

  /** Whether this event's line has the same parts. Its peer is the same. */
  fits(event: HandshakeEvent): boolean {
    const of = this.#of;
    return (
      event.listener === of.listener &&
      event.sni === of.sni &&
      event.certificate === of.certificate &&
      event.mode === of.mode &&
      event.version === of.version &&
      event.cipher === of.cipher &&
      event.alpn === of.alpn &&
      event.resumed === of.resumed &&
      event.verification === of.verification &&
      event.user === of.user &&
      isSame(event.offeredVersions, of.offeredVersions) &&
      isSame(event.offeredAlpn, of.offeredAlpn) &&
      isSame(event.offeredGroups, of.offeredGroups)
    );
  }
}

/** The last of each client, by what is known of its certificate. */
const shapes = new Map<PeerFacts | null, LineShape>();
const MAX_SHAPES = 1024;

function shapeOf(event: HandshakeEvent): LineShape {
  const known = shapes.get(event.peer);
  if (known?.fits(event) === true) return known;
  const made = new LineShape(event);
  if (shapes.size >= MAX_SHAPES) shapes.clear();
  shapes.set(event.peer, made);
  return made;
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  if (some === others) return true;
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index++) {
    if (some[index] !== others[index]) return false;
  }
  return true;
}
