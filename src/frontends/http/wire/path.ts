/** A path as routes compare it, or why no two servers need agree on what it means. */
export type CanonicalPath =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'ambiguous'; readonly reason: PathAmbiguity };

export type PathAmbiguity =
  | 'not an absolute path'
  | 'query or fragment in the path'
  | 'backslash'
  | 'control character'
  | 'character outside ASCII'
  | 'malformed escape'
  | 'encoded slash'
  | 'encoded backslash'
  | 'invalid UTF-8'
  | 'dot segment'
  | 'encoded twice';

/**
 * Decodes the path of a request-target (without its query) into the form that routes and skip_paths
 * are compared with: each escape decoded once, checked as UTF-8 (RFC 3986 section 2.1, RFC 3629).
 * The asterisk of `OPTIONS *` is returned as it is.
 *
 * Fails closed: a spelling that one server takes for another path (dot segments, encoded separators,
 * controls, overlong UTF-8, escapes that decode into any of these a second time) is `ambiguous`.
 * Spellings with a small number of readings are left in, see {@link pathReadings}.
 */
export function canonicalPath(rawPath: string): CanonicalPath {
  if (isPlainPath(rawPath) || rawPath === '*') return { kind: 'path', path: rawPath };
  const spelling = ambiguousSpelling(rawPath);
  if (spelling !== null) return { kind: 'ambiguous', reason: spelling };
  const path = decodeEscapes(rawPath);
  const reason = path === null ? 'invalid UTF-8' : ambiguousMeaning(path);
  if (path === null || reason !== null) {
    return { kind: 'ambiguous', reason: reason ?? 'invalid UTF-8' };
  }
  return { kind: 'path', path };
}

/**
 * Whether a path, raw or decoded, is its own canonical form with one reading: absolute, without
 * escapes, parameters, empty segments or segments that begin with a dot. Allocates nothing.
 */
export function isPlainPath(path: string): boolean {
  const length = path.length;
  if (length === 0 || path.charCodeAt(0) !== SLASH) return false;
  let afterSlash = true;
  for (let index = 1; index < length; index++) {
    const code = path.charCodeAt(index);
    if (code === SLASH) {
      if (afterSlash) return false;
      afterSlash = true;
    } else {
      if (code > 0x7e || PLAIN[code] === 0 || (afterSlash && code === DOT)) return false;
      afterSlash = false;
    }
  }
  return true;
}

/**
 * Every path that a server may take a canonical path for, in Unicode's composed form (NFC), the
 * literal reading first: some servers merge slashes, some cut `;parameters` (of each segment, of the
 * last one, or all that follows), some decode escapes a second time. Access may be decided by path
 * only where all readings lead to the same decision.
 */
export function pathReadings(path: string): readonly string[] {
  const literal = path.normalize('NFC');
  const readings = new Set<string>([literal]);
  if (ESCAPE.test(literal)) {
    const again = decodeEscapes(literal);
    if (again !== null) readings.add(again.normalize('NFC'));
  }
  if (literal.includes(';') || readings.size > 1) {
    for (const reading of readings) {
      readings.add(reading.replace(SEGMENT_PARAMETERS, ''));
      readings.add(withoutLastParameters(reading));
      readings.add(reading.replace(ALL_PARAMETERS, ''));
    }
  }
  for (const reading of readings) readings.add(reading.replace(SLASHES, '/'));
  return [...readings];
}

const SLASH = 0x2f;
const DOT = 0x2e;

const ESCAPE = /%[0-9A-Fa-f]{2}/;
const ESCAPES = /(?:%[0-9A-Fa-f]{2})+/g;
const SLASHES = /\/{2,}/g;
const SEGMENT_PARAMETERS = /;[^/]*/g;
const ALL_PARAMETERS = /;.*$/s;
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:;[^/]*)?(?:\/|$)/;

/** 1 for the characters of a segment without a second meaning: unreserved, sub-delims but `;`, `:` and `@`. */
const PLAIN = plainCharacters();

function plainCharacters(): Uint8Array {
  const table = new Uint8Array(128);
  const characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,=:@";
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** What is wrong with the path before it is decoded. */
function ambiguousSpelling(raw: string): PathAmbiguity | null {
  if (raw.charCodeAt(0) !== SLASH) return 'not an absolute path';
  for (let index = 0; index < raw.length; index++) {
    const code = raw.charCodeAt(index);
    if (code <= 0x20 || code === 0x7f) return 'control character';
    if (code > 0x7f) return 'character outside ASCII';
    if (code === 0x5c) return 'backslash';
    if (code === 0x23 || code === 0x3f) return 'query or fragment in the path';
    if (code === 0x25) {
      const byte = escapedByte(raw, index);
      if (byte < 0) return 'malformed escape';
      const reason = ambiguousByte(byte);
      if (reason !== null) return reason;
    }
  }
  return null;
}

function escapedByte(raw: string, index: number): number {
  const high = hexDigit(raw.charCodeAt(index + 1));
  const low = hexDigit(raw.charCodeAt(index + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function ambiguousByte(byte: number): PathAmbiguity | null {
  if (byte === SLASH) return 'encoded slash';
  if (byte === 0x5c) return 'encoded backslash';
  return byte < 0x20 || byte === 0x7f ? 'control character' : null;
}

/** What is wrong with the decoded path, or would be if a server decoded it once more. */
function ambiguousMeaning(path: string): PathAmbiguity | null {
  if (DOT_SEGMENT.test(path)) return 'dot segment';
  if (hasC1Control(path)) return 'control character';
  if (!ESCAPE.test(path)) return null;
  for (let index = path.indexOf('%'); index >= 0; index = path.indexOf('%', index + 1)) {
    const byte = escapedByte(path, index);
    if (byte >= 0 && ambiguousByte(byte) !== null) return 'encoded twice';
  }
  const again = decodeEscapes(path);
  const ambiguous =
    again === null || DOT_SEGMENT.test(again) || hasC1Control(again) || ESCAPE.test(again);
  return ambiguous ? 'encoded twice' : null;
}

/** What a pattern would search in quadratic time where a path is all semicolons. */
function withoutLastParameters(path: string): string {
  const semicolon = path.indexOf(';', path.lastIndexOf('/') + 1);
  return semicolon < 0 ? path : path.slice(0, semicolon);
}

function hasC1Control(path: string): boolean {
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    if (code >= 0x80 && code < 0xa0) return true;
  }
  return false;
}

/** Decodes the well-formed escapes of `text` and leaves the rest; null where they are not UTF-8. */
function decodeEscapes(text: string): string | null {
  try {
    return text.replace(ESCAPES, decodeURIComponent);
  } catch {
    return null;
  }
}
