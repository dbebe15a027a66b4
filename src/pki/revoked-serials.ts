import { DER_TAG, DerError, DerReader } from './der.ts';
import { OID } from './oids.ts';

/** CRLReason of RFC 5280 section 5.3.1 by its number; 7 is not used. */
const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  null,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;

export type ListedReason = NonNullable<(typeof revocationReasons)[number]>;

/** What a list says of one certificate. */
export interface ListedRevocation {
  /** Milliseconds since the epoch. */
  readonly revokedAt: number;
  /** `unspecified` where the list gives none. */
  readonly reason: ListedReason;
}

/** Why the entries of a list can't be relied on as those of its issuer. */
export type EntryObstacle = 'indirect' | 'unknown-critical';

/**
 * The entries of a revocation list (RFC 5280 section 5.3) by serial number: offsets into the list's own
 * bytes in a table with open addressing, at most half full. No entry has an object, so that a million
 * of them cost 8 MB beside the list, and a look-up costs a few comparisons.
 */
export class RevokedSerials {
  /** How many entries there are. */
  readonly count: number;
  /** null: nothing stands in the way. */
  readonly obstacle: EntryObstacle | null;
  readonly #bytes: Buffer;
  /** Where entries begin; 0, where none can, is an empty place. */
  readonly #table: Uint32Array;
  readonly #seed: number;

  /**
   * Reads every entry up to the end of what `list` covers, in `bytes`; null: there are none. `seed` makes
   * the places in the table unforeseeable for those who choose serial numbers. Throws DerError.
   */
  constructor(list: DerReader | null, bytes: Buffer, seed: number) {
    const scan = new EntryScan(list);
    this.count = scan.count;
    this.obstacle = scan.obstacle;
    this.#bytes = bytes;
    this.#seed = seed;
    this.#table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * scan.count + 1)));
    for (let at = 0; at < scan.count; at++) this.#insert(scan.offsets[at]);
  }

  /** The entry of a serial number, which is given as the contents of its INTEGER; null: it isn't listed. */
  find(serial: Buffer): ListedRevocation | null {
    const table = this.#table;
    const mask = table.length - 1;
    let place = hashOf(serial, 0, serial.length, this.#seed) & mask;
    for (; table[place] !== 0; place = (place + 1) & mask) {
      if (this.#isSerialOf(table[place], serial)) return this.#read(table[place]);
    }
    return null;
  }

  #insert(entry: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    const serial = contentOf(this.#bytes, entry) + 2;
    const length = this.#bytes[serial - 1];
    let place = hashOf(this.#bytes, serial, serial + length, this.#seed) & mask;
    while (table[place] !== 0) place = (place + 1) & mask;
    table[place] = entry;
  }

  #isSerialOf(entry: number, serial: Buffer): boolean {
    const at = contentOf(this.#bytes, entry) + 2;
    if (this.#bytes[at - 1] !== serial.length) return false;
    return serial.equals(this.#bytes.subarray(at, at + serial.length));
  }

  #read(entry: number): ListedRevocation {
    const fields = new DerReader(this.#bytes, entry, this.#bytes.length, 0).sequence();
    fields.skip();
    const revokedAt = fields.time();
    const code = fields.atEnd ? 0 : readEntryExtensions(fields.sequence()).reason;
    return { revokedAt, reason: revocationReasons[code] ?? 'unspecified' };
  }
}

/** Longest serial number, in bytes; RFC 5280 section 4.1.2.2 allows 20. */
const MAX_SERIAL_BYTES = 64;
/** An entry has a header of 2 bytes, 3 of a serial number and 15 of a time at least. */
const LEAST_ENTRY_BYTES = 20;

/** One walk over all entries, which makes nothing but a list of where they begin. */
class EntryScan {
  readonly offsets: Uint32Array;
  count = 0;
  obstacle: EntryObstacle | null = null;

  constructor(list: DerReader | null) {
    const most = list === null ? 0 : Math.floor((list.end - list.position) / LEAST_ENTRY_BYTES);
    this.offsets = new Uint32Array(most);
    if (list === null) return;
    while (!list.atEnd) {
      const start = list.position;
      const end = list.enter(DER_TAG.sequence);
      readSerial(list);
      list.time();
      if (list.position < end) this.#readExtensions(list, end);
      if (list.position !== end) throw new DerError('trailing-data', list.position);
      this.offsets[this.count++] = start;
    }
  }

  #readExtensions(list: DerReader, end: number): void {
    if (isPlainReason(list.bytes, list.position, end)) {
      list.position = end;
      return;
    }
    const rest = new DerReader(list.bytes, list.position, end, 4);
    this.obstacle ??= readEntryExtensions(rest.sequence()).obstacle;
    list.position = rest.position;
  }
}

function readSerial(list: DerReader): void {
  const start = list.position;
  const end = list.enter(DER_TAG.integer);
  const { bytes, position } = list;
  const length = end - position;
  if (length === 0 || length > MAX_SERIAL_BYTES) throw new DerError('bad-integer', start);
  if (length > 1) {
    const isPadded =
      (bytes[position] === 0 && bytes[position + 1] < 0x80) ||
      (bytes[position] === 0xff && bytes[position + 1] >= 0x80);
    if (isPadded) throw new DerError('bad-integer', start, 'integer is not minimal');
  }
  list.position = end;
}

/** An uncritical reasonCode and nothing else, as nearly every entry with extensions has. */
const PLAIN_REASON = Buffer.from('300c300a0603551d1504030a01', 'hex');

function isPlainReason(bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== PLAIN_REASON.length + 1 || bytes[end - 1] > 10) return false;
  for (let at = 0; at < PLAIN_REASON.length; at++) {
    if (bytes[start + at] !== PLAIN_REASON[at]) return false;
  }
  return true;
}

interface EntryExtensions {
  /** 0 where none is given. */
  readonly reason: number;
  readonly obstacle: EntryObstacle | null;
}

function readEntryExtensions(list: DerReader): EntryExtensions {
  let reason = 0;
  let obstacle: EntryObstacle | null = null;
  while (!list.atEnd) {
    const parts = list.sequence();
    const type = parts.oid();
    const critical = parts.nextTag === DER_TAG.boolean && parts.boolean();
    const value = parts.octetStringReader();
    parts.finish();
    if (type === OID.reasonCode) {
      reason = value.enumerated();
      value.finish();
    } else if (type === OID.certificateIssuer) {
      obstacle = 'indirect';
    } else if (critical && type !== OID.invalidityDate) {
      obstacle ??= 'unknown-critical';
    }
  }
  return { reason, obstacle };
}

function contentOf(bytes: Buffer, entry: number): number {
  const length = bytes[entry + 1];
  return entry + 2 + (length < 0x80 ? 0 : length & 0x7f);
}

/** FNV-1a, with its high bits folded in for the mask. */
function hashOf(bytes: Buffer, start: number, end: number, seed: number): number {
  let hash = seed;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
