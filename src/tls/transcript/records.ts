import { ByteQueue } from './byte-queue.ts';

/** One TLS record as it went over the wire. */
export interface TlsRecord {
  readonly kind: 'record';
  readonly type: number;
  readonly header: Buffer;
  readonly fragment: Buffer;
}

export type RecordResult =
  | TlsRecord
  | { readonly kind: 'incomplete' }
  /** These bytes are no TLS record. */
  | { readonly kind: 'foreign'; readonly bytes: Buffer };

export const RECORD = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** Longest fragment that any version allows: 2^14 and what protection may add (RFC 5246, section 6.2.3). */
const MAX_FRAGMENT = 16_384 + 2048;
const HEADER_LENGTH = 5;

/** Cuts the bytes of one direction into records, however they arrive. Holds at most one record. */
export class RecordReader {
  readonly #queue = new ByteQueue();
  /** Nothing new can be said before this many bytes are there. */
  #need = 1;

  push(bytes: Buffer): void {
    this.#queue.push(bytes);
  }

  /** Bytes that belong to no whole record yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** The next record. After `foreign` there is nothing more to read. */
  next(): RecordResult {
    if (this.#queue.length < this.#need) return INCOMPLETE;
    const bytes = this.#queue.peek();
    if (!looksLikeRecord(bytes)) return { kind: 'foreign', bytes };
    if (bytes.length < HEADER_LENGTH) return this.#wait(bytes.length < 2 ? 2 : HEADER_LENGTH);
    const length = bytes.readUInt16BE(3);
    if (length > MAX_FRAGMENT) return { kind: 'foreign', bytes };
    const end = HEADER_LENGTH + length;
    if (bytes.length < end) return this.#wait(end);
    this.#queue.drop(end);
    this.#need = 1;
    return {
      kind: 'record',
      type: bytes[0],
      header: bytes.subarray(0, HEADER_LENGTH),
      fragment: bytes.subarray(HEADER_LENGTH, end),
    };
  }

  #wait(need: number): RecordResult {
    this.#need = need;
    return INCOMPLETE;
  }
}

const INCOMPLETE = { kind: 'incomplete' } as const;

function looksLikeRecord(bytes: Buffer): boolean {
  const type = bytes[0];
  if (type < RECORD.changeCipherSpec || type > RECORD.applicationData) return false;
  return bytes.length < 2 || bytes[1] === 3;
}
