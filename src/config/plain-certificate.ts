// A short way to what a configuration needs of a server certificate, for the plain ones that nearly all
// are. It walks the bytes once and makes nothing of what it passes; whatever it is not sure of, or has
// anything to be said about, it leaves to the long way (`parseCertificate`).

/** What a plain certificate is for. */
export interface PlainCertificate {
  /** Its SAN dNSNames, lower case, as they stand. */
  readonly names: readonly string[];
  /** SubjectPublicKeyInfo, DER; a view of the certificate. */
  readonly spki: Buffer;
}

/**
 * Reads an X.509 v3 certificate that servers can use today: signed with SHA-2 or Ed25519, with a key of
 * a usual kind and size, in the first two thirds of at most twenty years (`now` is in milliseconds since
 * the epoch), with plain dNSNames and nothing else in its SAN. null for every other input.
 */
export function readPlainCertificate(der: Buffer, now: number): PlainCertificate | null {
  const walk = new Walk(der);
  try {
    return walk.certificate(now);
  } catch (error) {
    if (error === NOT_PLAIN) return null;
    throw error;
  }
}

const NOT_PLAIN = new Error('not a plain certificate');

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const BOOLEAN = 0x01;
const UTC_TIME = 0x17;
const DNS_NAME = 0x82;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

const V3 = 'a003020102';
const SUBJECT_ALT_NAME = '551d11';
const EXTENDED_KEY_USAGE = '551d25';

/** AlgorithmIdentifiers, whole: of signatures that clients take. */
const SIGNATURES: ReadonlySet<string> = new Set([
  '300a06082a8648ce3d040302', // ecdsa-with-SHA256
  '300a06082a8648ce3d040303', // ecdsa-with-SHA384
  '300a06082a8648ce3d040304', // ecdsa-with-SHA512
  '300d06092a864886f70d01010b0500', // sha256WithRSAEncryption
  '300d06092a864886f70d01010c0500', // sha384WithRSAEncryption
  '300d06092a864886f70d01010d0500', // sha512WithRSAEncryption
  '300506032b6570', // Ed25519
]);

/** How a SubjectPublicKeyInfo begins, by its length: P-256, P-384, RSA with 2048, 3072 and 4096 bits. */
const KEYS: ReadonlyMap<number, string> = new Map([
  [91, '3059301306072a8648ce3d020106082a8648ce3d03010703420004'],
  [120, '3076301006072a8648ce3d020106052b8104002203620004'],
  [294, '30820122300d06092a864886f70d01010105000382010f003082010a0282010100'],
  [422, '308201a2300d06092a864886f70d01010105000382018f003082018a0282018100'],
  [550, '30820222300d06092a864886f70d01010105000382020f003082020a0282020100'],
]);

/** serverAuth and anyExtendedKeyUsage. */
const SERVER_PURPOSES: ReadonlySet<string> = new Set(['2b06010505070301', '551d2500']);

const PLAIN_NAME =
  /^(?:\*\.)?[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z](?:[a-z\d-]{0,61}[a-z\d])?)+$/;
const LONGEST_NAME = 200;

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAY_MS = 86_400_000;
const LONGEST_MS = 20 * 365 * DAY_MS;

/** Opens one element after the other, outer ones first. */
class Walk {
  readonly #der: Buffer;
  /** Of the element that was opened last. */
  #start = 0;
  #content = 0;
  #end = 0;

  constructor(der: Buffer) {
    this.#der = der;
  }

  certificate(now: number): PlainCertificate {
    const whole = this.#open(0, this.#der.length, SEQUENCE);
    if (whole !== this.#der.length) throw NOT_PLAIN;
    const tbsEnd = this.#open(this.#content, whole, SEQUENCE);
    let at = this.#open(this.#content, tbsEnd, VERSION);
    if (this.#hex(this.#start, at) !== V3) throw NOT_PLAIN;
    at = this.#open(at, tbsEnd, INTEGER);
    at = this.#open(at, tbsEnd, SEQUENCE);
    const algorithm = this.#hex(this.#start, at);
    at = this.#open(at, tbsEnd, SEQUENCE);
    at = this.#open(at, tbsEnd, SEQUENCE);
    this.#checkValidity(this.#content, at, now);
    at = this.#open(at, tbsEnd, SEQUENCE);
    at = this.#open(at, tbsEnd, SEQUENCE);
    const spki = this.#der.subarray(this.#start, at);
    this.#checkKey(this.#start, at);
    at = this.#open(at, tbsEnd, EXTENSIONS);
    if (at !== tbsEnd) throw NOT_PLAIN;
    const names = this.#extensions(this.#content, tbsEnd);
    at = this.#open(tbsEnd, whole, SEQUENCE);
    if (!SIGNATURES.has(algorithm) || this.#hex(this.#start, at) !== algorithm) throw NOT_PLAIN;
    if (this.#open(at, whole, BIT_STRING) !== whole) throw NOT_PLAIN;
    return { names, spki };
  }

  #checkValidity(from: number, end: number, now: number): void {
    const between = this.#open(from, end, UTC_TIME);
    const notBefore = this.#time();
    if (this.#open(between, end, UTC_TIME) !== end) throw NOT_PLAIN;
    const life = this.#time() - notBefore;
    const isCalm = now >= notBefore && now <= notBefore + (life * 2) / 3 && life <= LONGEST_MS;
    if (!isCalm) throw NOT_PLAIN;
  }

  /** A UTCTime before 2050 (years from 50 on are of the last century), in milliseconds since the epoch. */
  #time(): number {
    const at = this.#content;
    if (this.#end !== at + 13 || this.#der[at + 12] !== 0x5a) throw NOT_PLAIN;
    const year = 2000 + this.#number(at, 0, 49);
    const month = this.#number(at + 2, 1, 12);
    const day = this.#number(at + 4, 1, DAYS[month - 1] ?? 0);
    if (month === 2 && day === 29 && year % 4 !== 0) throw NOT_PLAIN;
    const hour = this.#number(at + 6, 0, 23);
    const minute = this.#number(at + 8, 0, 59);
    return Date.UTC(year, month - 1, day, hour, minute, this.#number(at + 10, 0, 59));
  }

  /** Two digits. */
  #number(at: number, least: number, most: number): number {
    const tens = (this.#der[at] ?? 0) - 0x30;
    const units = (this.#der[at + 1] ?? 0) - 0x30;
    const number = tens * 10 + units;
    if (tens < 0 || units < 0 || units > 9 || number < least || number > most) throw NOT_PLAIN;
    return number;
  }

  #checkKey(from: number, end: number): void {
    const prefix = KEYS.get(end - from);
    if (prefix === undefined) throw NOT_PLAIN;
    if (this.#hex(from, from + prefix.length / 2) !== prefix) throw NOT_PLAIN;
  }

  /** Returns the names of the SAN; there must be one extension of that kind. */
  #extensions(from: number, end: number): readonly string[] {
    let names: readonly string[] | null = null;
    if (this.#open(from, end, SEQUENCE) !== end) throw NOT_PLAIN;
    for (let at = this.#content; at < end; ) {
      const next = this.#open(at, end, SEQUENCE);
      let inner = this.#open(this.#content, next, OID);
      const id = this.#hex(this.#content, inner);
      if (this.#der[inner] === BOOLEAN) inner = this.#open(inner, next, BOOLEAN);
      if (this.#open(inner, next, OCTET_STRING) !== next) throw NOT_PLAIN;
      if (id === SUBJECT_ALT_NAME) {
        if (names !== null) throw NOT_PLAIN;
        names = this.#names(this.#content, next);
      } else if (id === EXTENDED_KEY_USAGE) this.#checkPurposes(this.#content, next);
      at = next;
    }
    if (names === null || names.length === 0) throw NOT_PLAIN;
    return names;
  }

  #names(from: number, end: number): string[] {
    const names: string[] = [];
    if (this.#open(from, end, SEQUENCE) !== end) throw NOT_PLAIN;
    for (let at = this.#content; at < end; ) {
      at = this.#open(at, end, DNS_NAME);
      const name = this.#der.toString('latin1', this.#content, at);
      if (name.length > LONGEST_NAME || !PLAIN_NAME.test(name) || names.includes(name)) {
        throw NOT_PLAIN;
      }
      names.push(name);
    }
    return names;
  }

  #checkPurposes(from: number, end: number): void {
    let isForServers = false;
    if (this.#open(from, end, SEQUENCE) !== end) throw NOT_PLAIN;
    for (let at = this.#content; at < end; ) {
      at = this.#open(at, end, OID);
      isForServers ||= SERVER_PURPOSES.has(this.#hex(this.#content, at));
    }
    if (!isForServers) throw NOT_PLAIN;
  }

  /** Opens the element at `at`, which must have this tag and end by `limit`. Returns where it ends. */
  #open(at: number, limit: number, tag: number): number {
    const der = this.#der;
    if (at + 2 > limit || der[at] !== tag) throw NOT_PLAIN;
    let length = der[at + 1] ?? 0;
    let content = at + 2;
    if (length === 0x81) {
      length = der[at + 2] ?? 0;
      content = at + 3;
      if (length < 0x80) throw NOT_PLAIN;
    } else if (length === 0x82) {
      length = ((der[at + 2] ?? 0) << 8) | (der[at + 3] ?? 0);
      content = at + 4;
      if (length < 0x100) throw NOT_PLAIN;
    } else if (length > 0x7f) throw NOT_PLAIN;
    const end = content + length;
    if (end > limit) throw NOT_PLAIN;
    this.#start = at;
    this.#content = content;
    this.#end = end;
    return end;
  }

  #hex(from: number, end: number): string {
    return this.#der.toString('hex', from, end);
  }
}
