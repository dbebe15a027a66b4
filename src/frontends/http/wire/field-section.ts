import { CLASSES, CR, isToken, LF, SPACE, TAB, TOKEN, trimOws, VALUE } from './characters.ts';
import { isTraceparent } from '../trace-context.ts';
import { type FieldRole, fieldRole, mayHaveRole, usualRole } from './field-names.ts';
import type { WireFault } from './refusal.ts';

const COLON = 0x3a;

/** Whose fields these are: identity fields are removed from requests only. */
export type MessageKind = 'request' | 'response';

/**
 * The fields of one head, read in one pass: the text that is passed on, and the fields that the
 * gateway reads itself. Made once and used for many heads: `read` starts over.
 */
export class FieldSection {
  /** Wire text of the fields that are passed on, `Name: value CRLF` each. */
  kept = '';
  hosts = 0;
  host = '';
  lengths = 0;
  length = '';
  codings = 0;
  coding = '';
  upgrade = '';
  /** W3C Trace Context; empty: none, or none that is valid. */
  traceparent = '';
  expect = '';
  /** Connection's options. */
  close = false;
  keepAlive = false;
  upgrades = false;
  #named: string[] = [];
  #traceparents = 0;
  /** Wire text of the trace's fields. */
  #trace = '';

  /**
   * Reads the fields of `bytes[at, end)`, where `end` is behind the last field's CRLF and the blank
   * line's CRLF follows. `text` is `bytes[base, ...)` as latin1. Answers what is wrong, or null.
   */
  read(
    bytes: Uint8Array,
    text: string,
    base: number,
    at: number,
    end: number,
    maxFields: number,
    kind: MessageKind,
  ): WireFault | null {
    this.#reset();
    let count = 0;
    let keptFrom = at;
    let position = at;
    while (position < end) {
      const start = position;
      let code = bytes[position];
      while ((CLASSES[code] & TOKEN) !== 0) code = bytes[++position];
      if (code !== COLON || position === start) return nameFault(bytes, start, position);
      const nameEnd = position;
      do code = bytes[++position];
      while ((CLASSES[code] & VALUE) !== 0);
      if (code !== CR || bytes[position + 1] !== LF) return 'bad-field-value';
      const valueEnd = position;
      position += 2;
      count += 1;
      if (count > maxFields) return 'too-many-fields';
      if (!mayHaveRole(bytes[start], nameEnd - start)) continue;
      const role =
        usualRole(bytes, start, nameEnd) ?? fieldRole(text.slice(start - base, nameEnd - base));
      if (role === 'pass' || (kind === 'response' && REQUESTS_ALONE.has(role))) continue;
      if (start > keptFrom) this.kept += text.slice(keptFrom - base, start - base);
      keptFrom = position;
      if (role === 'hop' || role === 'identity') continue;
      const value = trimOws(text.slice(nameEnd + 1 - base, valueEnd - base));
      switch (role) {
        case 'host':
          this.hosts += 1;
          this.host = value;
          break;
        case 'connection':
          if (!this.#readConnection(value)) return 'bad-connection';
          break;
        case 'content-length':
          this.lengths += 1;
          this.length = value;
          break;
        case 'transfer-encoding':
          this.codings += 1;
          this.coding = value;
          break;
        case 'upgrade':
          this.upgrade = this.upgrade === '' ? value : `${this.upgrade}, ${value}`;
          break;
        case 'traceparent':
          this.traceparent = value;
          this.#traceparents++;
          this.#trace += text.slice(start - base, position - base);
          break;
        case 'tracestate':
          this.#trace += text.slice(start - base, position - base);
          break;
        case 'expect':
          this.expect = this.expect === '' ? value : `${this.expect}, ${value}`;
          break;
      }
    }
    if (end > keptFrom) this.kept += text.slice(keptFrom - base, end - base);
    if (this.#trace !== '') this.#keepTrace();
    if (this.#named.length > 0) this.kept = withoutFields(this.kept, this.#named);
    return null;
  }

  /** A trace that can't be read is none, and its state means nothing without it. */
  #keepTrace(): void {
    if (this.#traceparents === 1 && isTraceparent(this.traceparent)) this.kept += this.#trace;
    else this.traceparent = '';
    if (this.#named.some((name) => name === 'traceparent')) this.traceparent = '';
  }

  #reset(): void {
    this.kept = '';
    this.traceparent = '';
    this.#traceparents = 0;
    this.#trace = '';
    this.hosts = 0;
    this.lengths = 0;
    this.codings = 0;
    this.upgrade = '';
    this.expect = '';
    this.close = false;
    this.keepAlive = false;
    this.upgrades = false;
    if (this.#named.length > 0) this.#named = [];
  }

  #readConnection(value: string): boolean {
    // By far the most frequent, and nothing to take apart.
    if (value === 'keep-alive') {
      this.keepAlive = true;
      return true;
    }
    for (const element of value.split(',')) {
      const option = trimOws(element).toLowerCase();
      if (option === 'keep-alive') this.keepAlive = true;
      else if (option === 'close') this.close = true;
      else if (option === 'upgrade') this.upgrades = true;
      else if (option !== '') {
        if (!isToken(option)) return false;
        if (NAMEABLE.has(fieldRole(option))) this.#named.push(option);
      }
    }
    return true;
  }
}

/** Removed from requests, or read in them. */
const REQUESTS_ALONE: ReadonlySet<FieldRole> = new Set(['identity', 'traceparent', 'tracestate']);
/** What a client may name in Connection to have it removed. */
const NAMEABLE: ReadonlySet<FieldRole> = new Set(['pass', 'traceparent', 'tracestate']);

/** Wire text without the fields of these names (lower case). */
export function withoutFields(fields: string, names: readonly string[]): string {
  let kept = '';
  for (let at = 0; at < fields.length; ) {
    const next = fields.indexOf('\r\n', at) + 2;
    const name = fields.slice(at, fields.indexOf(':', at)).toLowerCase();
    if (!names.includes(name)) kept += fields.slice(at, next);
    at = next;
  }
  return kept;
}

function nameFault(bytes: Uint8Array, start: number, at: number): WireFault {
  if (at === start && (bytes[at] === SPACE || bytes[at] === TAB)) return 'folded-field';
  return 'bad-field-name';
}
