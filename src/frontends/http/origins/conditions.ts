import { parseHttpDate } from '../wire/http-date.ts';

/** What tells one state of a file from another. `etag` is strong, with its quotes. */
export interface Validators {
  readonly etag: string;
  /** Seconds since the epoch, as Last-Modified shows them. */
  readonly modified: number;
}

/** The fields of a request that make it conditional or ask for a part; empty: absent. */
export interface Conditions {
  readonly ifMatch: string;
  readonly ifNoneMatch: string;
  readonly ifModifiedSince: string;
  readonly ifUnmodifiedSince: string;
  readonly ifRange: string;
  readonly range: string;
}

export type Precondition = 'holds' | 'not-modified' | 'failed';

/** Reads the conditional fields out of wire text; null where there are none. */
export function readConditions(fields: string): Conditions | null {
  let conditions: Record<keyof Conditions, string> | null = null;
  for (let at = 0; at < fields.length; ) {
    const colon = fields.indexOf(':', at);
    const end = fields.indexOf('\r\n', at);
    if (colon < 0 || end < 0) break;
    const first = fields.charCodeAt(at) | 0x20;
    if ((first === 0x69 || first === 0x72) && LENGTHS.has(colon - at)) {
      const key = KEYS.get(fields.slice(at, colon).toLowerCase());
      if (key !== undefined) {
        const value = fields.slice(colon + 1, end).trim();
        conditions ??= { ...NO_CONDITIONS };
        conditions[key] = conditions[key] === '' ? value : `${conditions[key]}, ${value}`;
      }
    }
    at = end + 2;
  }
  return conditions;
}

/** Judges a GET or HEAD by its conditions, in the order of RFC 9110 section 13.2.2. */
export function judge(conditions: Conditions, is: Validators, nowMs: number): Precondition {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  if (ifMatch !== '') {
    if (!lists(ifMatch, is.etag, 'strong')) return 'failed';
  } else if (ifUnmodifiedSince !== '') {
    const since = parseHttpDate(ifUnmodifiedSince, nowMs);
    if (since !== null && is.modified > since) return 'failed';
  }
  if (ifNoneMatch !== '') return lists(ifNoneMatch, is.etag, 'weak') ? 'not-modified' : 'holds';
  if (ifModifiedSince !== '') {
    const since = parseHttpDate(ifModifiedSince, nowMs);
    if (since !== null && is.modified <= since) return 'not-modified';
  }
  return 'holds';
}

/** Whether Range may be answered with a part (RFC 9110 section 13.1.5): If-Range is absent or exact. */
export function rangeHolds(conditions: Conditions, is: Validators, nowMs: number): boolean {
  const { ifRange } = conditions;
  if (ifRange === '' || ifRange === is.etag) return true;
  return parseHttpDate(ifRange, nowMs) === is.modified;
}

const NO_CONDITIONS: Conditions = {
  ifMatch: '',
  ifNoneMatch: '',
  ifModifiedSince: '',
  ifUnmodifiedSince: '',
  ifRange: '',
  range: '',
};

const KEYS: ReadonlyMap<string, keyof Conditions> = new Map([
  ['if-match', 'ifMatch'],
  ['if-none-match', 'ifNoneMatch'],
  ['if-modified-since', 'ifModifiedSince'],
  ['if-unmodified-since', 'ifUnmodifiedSince'],
  ['if-range', 'ifRange'],
  ['range', 'range'],
]);

const LENGTHS: ReadonlySet<number> = new Set([...KEYS.keys()].map((name) => name.length));

const ENTITY_TAG = /(W\/)?("[!#-~\u0080-\u00ff]*")/g;

function lists(field: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (field === '*') return true;
  for (const [, weak, tag] of field.matchAll(ENTITY_TAG)) {
    if (tag === etag && (weak === undefined || comparison === 'weak')) return true;
  }
  return false;
}
