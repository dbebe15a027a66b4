import { isGrease } from './protocol-names.ts';
import { normalizeServerName } from './server-name.ts';

/** What a client offers, as read from its ClientHello. Buffers are views of the bytes it sent. */
export interface ClientHello {
  /** Lower case, without a trailing dot; null where none was sent. */
  readonly sni: string | null;
  /** Protocols in the client's order, unprintable bytes as `\xNN`. */
  readonly alpn: readonly string[];
  /** Highest preference first, without GREASE: from supported_versions, else the legacy field. */
  readonly versions: readonly number[];
  /** Key-exchange groups without GREASE. */
  readonly groups: readonly number[];
  readonly cipherSuites: readonly number[];
  /** The legacy session id, which TLS 1.2 resumes by. */
  readonly sessionId: Buffer;
  /** The session ticket of TLS 1.2; empty: the client would take one, null: it takes none. */
  readonly ticket: Buffer | null;
  readonly hasTicket: boolean;
  /** Identities of the pre_shared_key extension, which TLS 1.3 resumes by. */
  readonly pskIdentities: readonly Buffer[];
  readonly offersEarlyData: boolean;
}

/** Why a ClientHello can't be read. `alert` is the description that RFC 8446 gives to it. */
export interface MalformedHello {
  readonly kind: 'malformed';
  readonly alert: number;
  readonly detail: string;
}

/**
 * Reads the body of a ClientHello (RFC 8446, section 4.1.2), without its four-byte handshake header; what
 * few ask for is read when they do.
 * An extension that is read here may occur once; those that aren't are passed over, for OpenSSL reads
 * the same bytes again and is strict about them.
 */
export function readClientHello(body: Buffer): ClientHello | MalformedHello {
  const hello = new HelloFields(body);
  const fault = readFields(body, hello);
  return fault ?? hello;
}

const DECODE_ERROR = 50;
const ILLEGAL_PARAMETER = 47;
const MAX_PSK_IDENTITIES = 16;
const MAX_NUMBERS = 256;
const MAX_ALPN_NAMES = 32;
/** Behind the version, the random and its own length. */
const SESSION_ID = 35;
const NO_BUFFERS: readonly Buffer[] = [];
const NO_STRINGS: readonly string[] = [];
const NO_NUMBERS: readonly number[] = [];

class HelloFields implements ClientHello {
  readonly #body: Buffer;
  /** Where the cipher suites stand; the legacy session id ends two bytes before them. */
  suitesAt = 0;
  suitesEnd = 0;
  sni: string | null = null;
  alpn: readonly string[] = NO_STRINGS;
  versions: readonly number[] = NO_NUMBERS;
  groups: readonly number[] = NO_NUMBERS;
  ticket: Buffer | null = null;
  pskIdentities: readonly Buffer[] = NO_BUFFERS;
  offersEarlyData = false;

  constructor(body: Buffer) {
    this.#body = body;
  }

  get cipherSuites(): readonly number[] {
    return readNumbers(this.#body, this.suitesAt, this.suitesEnd);
  }

  get sessionId(): Buffer {
    return this.#body.subarray(SESSION_ID, this.suitesAt - 2);
  }

  get hasTicket(): boolean {
    return this.ticket !== null && this.ticket.length > 0;
  }
}

function readFields(body: Buffer, hello: HelloFields): MalformedHello | null {
  const end = body.length;
  if (end < 38) return malformed('it ends before the session id');
  const legacyVersion = u16(body, 0);
  let at = SESSION_ID;
  const idLength = body[at - 1];
  if (idLength > 32 || at + idLength > end) return malformed('the session id is too long');
  at += idLength;

  if (at + 2 > end) return malformed('it ends before the cipher suites');
  const suitesLength = u16(body, at);
  at += 2;
  if (suitesLength < 2 || suitesLength % 2 !== 0 || at + suitesLength > end) {
    return malformed('the list of cipher suites has a wrong length');
  }
  hello.suitesAt = at;
  at += suitesLength;
  hello.suitesEnd = at;

  if (at >= end) return malformed('it ends before the compression methods');
  const compressionLength = body[at];
  at += 1 + compressionLength;
  if (compressionLength === 0 || at > end) {
    return malformed('the list of compression methods has a wrong length');
  }

  hello.versions = [legacyVersion];
  if (at === end) return null;
  if (at + 2 > end || at + 2 + u16(body, at) !== end) {
    return malformed('the extensions have a wrong length');
  }
  return readExtensions(body, at + 2, end, hello);
}

const SERVER_NAME = 0;
const SUPPORTED_GROUPS = 10;
const ALPN = 16;
const SESSION_TICKET = 35;
const PRE_SHARED_KEY = 41;
const EARLY_DATA = 42;
const SUPPORTED_VERSIONS = 43;

function readExtensions(
  body: Buffer,
  start: number,
  end: number,
  hello: HelloFields,
): MalformedHello | null {
  let seenLow = 0;
  let seenHigh = 0;
  let at = start;
  while (at < end) {
    if (at + 4 > end) return malformed('an extension is cut short');
    const type = u16(body, at);
    const from = at + 4;
    const to = from + u16(body, at + 2);
    if (to > end) return malformed(`extension ${type} is cut short`);
    at = to;
    if (type < 32) {
      if ((seenLow & (1 << type)) !== 0) return repeated(type);
      seenLow |= 1 << type;
    } else if (type < 64) {
      if ((seenHigh & (1 << (type - 32))) !== 0) return repeated(type);
      seenHigh |= 1 << (type - 32);
    }
    const fault = readExtension(body, type, from, to, hello);
    if (fault !== null) return fault;
    if (type === PRE_SHARED_KEY && to !== end) {
      return malformed('pre_shared_key is not the last extension', ILLEGAL_PARAMETER);
    }
  }
  return null;
}

function readExtension(
  body: Buffer,
  type: number,
  from: number,
  to: number,
  hello: HelloFields,
): MalformedHello | null {
  switch (type) {
    case SERVER_NAME:
      return readServerName(body, from, to, hello);
    case SUPPORTED_GROUPS:
      if (to - from < 4 || u16(body, from) !== to - from - 2 || (to - from) % 2 !== 0) {
        return malformed('supported_groups has a wrong length');
      }
      hello.groups = readNumbers(body, from + 2, to);
      return null;
    case ALPN:
      return readAlpn(body, from, to, hello);
    case SESSION_TICKET:
      hello.ticket = body.subarray(from, to);
      return null;
    case PRE_SHARED_KEY:
      return readPskIdentities(body, from, to, hello);
    case EARLY_DATA:
      hello.offersEarlyData = true;
      return null;
    case SUPPORTED_VERSIONS:
      if (to - from < 3 || body[from] !== to - from - 1 || (to - from) % 2 === 0) {
        return malformed('supported_versions has a wrong length');
      }
      hello.versions = readNumbers(body, from + 1, to);
      return null;
    default:
      return null;
  }
}

/** One host_name, as RFC 6066 and OpenSSL have it: a second entry or another type is an error. */
function readServerName(
  body: Buffer,
  from: number,
  to: number,
  hello: HelloFields,
): MalformedHello | null {
  if (to - from < 6 || u16(body, from) !== to - from - 2 || u16(body, from + 3) !== to - from - 5) {
    return malformed('server_name has a wrong length');
  }
  if (body[from + 2] !== 0) return malformed('server_name is not a host name');
  const sni = normalizeServerName(body.subarray(from + 5, to));
  if (sni === null) return malformed('the server name is not a host name', ILLEGAL_PARAMETER);
  hello.sni = sni;
  return null;
}

function readAlpn(
  body: Buffer,
  from: number,
  to: number,
  hello: HelloFields,
): MalformedHello | null {
  if (to - from < 4 || u16(body, from) !== to - from - 2) {
    return malformed('the ALPN extension has a wrong length');
  }
  const names: string[] = [];
  let at = from + 2;
  while (at < to) {
    const length = body[at];
    const end = at + 1 + length;
    if (length === 0 || end > to) return malformed('an ALPN name has a wrong length');
    if (names.length < MAX_ALPN_NAMES) names.push(printable(body, at + 1, end));
    at = end;
  }
  hello.alpn = names;
  return null;
}

/** Identities only: the binders after them are OpenSSL's. */
function readPskIdentities(
  body: Buffer,
  from: number,
  to: number,
  hello: HelloFields,
): MalformedHello | null {
  if (to - from < 9) return malformed('pre_shared_key is cut short');
  const end = from + 2 + u16(body, from);
  if (end === from + 2 || end + 2 > to) return malformed('pre_shared_key has a wrong length');
  const identities: Buffer[] = [];
  let at = from + 2;
  while (at < end) {
    if (at + 2 > end) return malformed('a PSK identity is cut short');
    const next = at + 2 + u16(body, at) + 4;
    if (next > end || next === at + 6) return malformed('a PSK identity has a wrong length');
    if (identities.length < MAX_PSK_IDENTITIES) identities.push(body.subarray(at + 2, next - 4));
    at = next;
  }
  hello.pskIdentities = identities;
  return null;
}

function readNumbers(body: Buffer, from: number, to: number): number[] {
  const end = Math.min(to, from + 2 * MAX_NUMBERS);
  const numbers: number[] = [];
  // In one go: an array that grows leaves twice its size behind.
  numbers.length = (end - from) >> 1;
  let count = 0;
  for (let at = from; at < end; at += 2) {
    const value = u16(body, at);
    if (!isGrease(value)) numbers[count++] = value;
  }
  numbers.length = count;
  return numbers;
}

function printable(body: Buffer, from: number, to: number): string {
  let escaped: string | null = null;
  for (let at = from; at < to; at += 1) {
    const byte = body[at];
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x5c;
    if (plain && escaped === null) continue;
    escaped ??= body.toString('latin1', from, at);
    escaped += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return escaped ?? body.toString('latin1', from, to);
}

function u16(bytes: Buffer, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

function repeated(type: number): MalformedHello {
  return malformed(`extension ${type} occurs twice`, ILLEGAL_PARAMETER);
}

function malformed(detail: string, alert = DECODE_ERROR): MalformedHello {
  return { kind: 'malformed', alert, detail };
}
