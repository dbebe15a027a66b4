import { INCOMPLETE, PACKET, SizeReader } from './packet.ts';

/** What a client's bytes begin with. `from` and `to` are the offsets of a CONNECT's body. */
export type FirstPacket =
  | { readonly kind: 'connect'; readonly from: number; readonly to: number }
  | { readonly kind: 'incomplete' }
  /** No CONNECT, or one of more than `most` bytes. */
  | { readonly kind: 'malformed' };

/** Looks for the CONNECT that a client begins with. */
export function findConnect(bytes: Buffer, most: number): FirstPacket {
  if (bytes.length > 0 && bytes[0] !== PACKET.connect << 4) return MALFORMED;
  const size = sizes.read(bytes, 1, bytes.length);
  if (size === INCOMPLETE) return { kind: 'incomplete' };
  if (size < 0 || size > most) return MALFORMED;
  const from = sizes.end;
  const to = from + size;
  return to > bytes.length ? { kind: 'incomplete' } : { kind: 'connect', from, to };
}

const MALFORMED: FirstPacket = { kind: 'malformed' };
const sizes = new SizeReader();
