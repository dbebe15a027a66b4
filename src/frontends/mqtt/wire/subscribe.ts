import { BodyReader } from './body-reader.ts';
import { number16, packet, PACKET, type ProtocolLevel, withLength } from './packet.ts';
import { readProperties, SUBSCRIBE_PROPERTIES } from './properties.ts';

/** A SUBSCRIBE as it came (5.0, section 3.8). */
export interface Subscribe {
  readonly id: number;
  /** With their length before them; empty in 3.1.1. */
  readonly properties: Buffer;
  readonly filters: readonly FilterRequest[];
}

export interface FilterRequest {
  readonly filter: Buffer;
  readonly options: number;
}

/** Reads what stands behind the fixed header, all of it; null where it is malformed. */
export function readSubscribe(body: Buffer, level: ProtocolLevel): Subscribe | null {
  const reader = new BodyReader(body, 0, body.length);
  const id = reader.number16();
  const from = reader.at;
  if (level === 5) readProperties(reader, SUBSCRIBE_PROPERTIES);
  if (id === 0 || reader.isMalformed) return null;
  const properties = reader.since(from);
  const filters: FilterRequest[] = [];
  do {
    const filter = reader.text();
    const options = reader.byte();
    if (filter.length === 0 || !isRight(options, level)) reader.fail();
    filters.push({ filter, options });
  } while (!reader.isAtEnd);
  return reader.isMalformed ? null : { id, properties, filters };
}

function isRight(options: number, level: ProtocolLevel): boolean {
  const reserved = level === 5 ? 0xc0 : 0xfc;
  return (options & reserved) === 0 && (options & 3) !== 3 && (options & 0x30) !== 0x30;
}

/** A SUBSCRIBE with some of the filters. */
export function subscribePacket(
  { id, properties }: Subscribe,
  filters: readonly FilterRequest[],
): Buffer {
  const asked = filters.map(({ filter, options }) =>
    Buffer.concat([withLength(filter), Buffer.from([options])]),
  );
  return packet((PACKET.subscribe << 4) | 2, number16(id), properties, ...asked);
}

/** The SUBACK that an upstream gave to a part of the filters. */
export interface Suback {
  readonly id: number;
  /** With their length before them; empty in 3.1.1. */
  readonly properties: Buffer;
  readonly codes: Buffer;
}

/** Reads what stands behind the fixed header; null where it is malformed. */
export function readSuback(body: Buffer, level: ProtocolLevel): Suback | null {
  const reader = new BodyReader(body, 0, body.length);
  const id = reader.number16();
  const from = reader.at;
  // What the upstream says in them is the client's affair.
  if (level === 5) reader.part(reader.size());
  if (reader.isMalformed) return null;
  const properties = reader.since(from);
  return { id, properties, codes: body.subarray(reader.at) };
}

/**
 * The SUBACK for all filters: `refusals` has a code for each that was refused here and null for each
 * that the upstream has answered. null where it has not answered as many.
 */
export function mergedSuback(suback: Suback, refusals: readonly (number | null)[]): Buffer | null {
  const { id, properties, codes } = suback;
  let taken = 0;
  const merged = refusals.map((code) => code ?? codes[taken++] ?? 0);
  if (taken !== codes.length) return null;
  return packet(PACKET.suback << 4, number16(id), properties, Buffer.from(merged));
}
