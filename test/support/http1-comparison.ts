// Whether our gateway, nginx and node's own server read the same requests in the same bytes.
import { fieldRole } from '../../src/frontends/http/wire/field-names.ts';
import { refuse, type WireFault } from '../../src/frontends/http/wire/refusal.ts';
import type { Outcome, Readers, Reading } from './http1-readers.ts';

export type Comparison =
  /** All that we passed on is what the others read, and they read no more. */
  | { readonly kind: 'same'; readonly detail: string }
  /** One of the others reads a request (of HTTP/0.9) in what is no whole head to us. */
  | { readonly kind: 'waits'; readonly detail: string }
  /** We refuse what one of the others reads. */
  | { readonly kind: 'stricter'; readonly detail: string; readonly fault: WireFault }
  /** We read what both of the others refuse. */
  | { readonly kind: 'laxer'; readonly detail: string }
  /** Another reads another request in the same place, or one more. */
  | { readonly kind: 'otherwise'; readonly detail: string };

/** Why we refuse what others take. */
export const OUR_REASONS: Readonly<Partial<Record<WireFault, string>>> = {
  'bad-request-line': 'RFC 9112 section 2.2 forgives one empty line, and HTTP/0.9 has no fields',
  'bad-version': 'section 2.3: two digits and a dot, and nothing around them',
  'unsupported-version': 'another version may mean something else',
  'bad-target': 'sections 3.2.1 to 3.2.4: four forms, of visible ASCII without a fragment',
  'host-mismatch': 'section 3.2.2 lets either win, and a router behind may take the other',
  'no-host': 'HTTP/1.0 may leave it away: then there is no telling what certificate it is for',
  'two-hosts': 'section 3.2: 400',
  'bad-host': 'RFC 9110 section 7.2: a host and a port, which routes are compared with',
  'bare-lf': 'section 2.2 lets a recipient take it for a line end, and another need not',
  'bad-field-name': 'section 5.1: a token',
  'bad-field-value': 'RFC 9110 section 5.5: no controls; CGI and logs take them for line ends',
  'too-many-fields': 'a bound of ours',
  'head-too-long': 'a bound of ours',
  'bad-length': 'more digits than any length needs run over in some servers',
  'bad-coding':
    'section 6.1: chunked alone can be passed on; a list of codings is read differently',
  'unknown-coding': 'section 6.1: 501',
  'coding-in-1.0': 'section 6.1: faulty framing in a protocol that has no such field',
  'bad-connection': 'section 7.6.1 of RFC 9110: tokens; what it names is removed',
  'unknown-expectation': 'RFC 9110 section 10.1.1: 417',
  'bad-chunk': 'section 7.1: no spaces, no bare LF, extensions by the grammar and bounded',
  'bad-trailer': 'section 7.1.2: fields as in a head',
  'trailer-too-long': 'a bound of ours',
};

const FAULTS = new Map(
  (Object.keys(OUR_REASONS) as WireFault[]).map((fault) => [refuse(fault).detail, fault]),
);

export function isStricter(
  comparison: Comparison,
): comparison is Extract<Comparison, { kind: 'stricter' }> {
  return comparison.kind === 'stricter';
}

export async function compareReadings(readers: Readers, raw: string): Promise<Comparison> {
  const [ours, node, nginx] = [
    await readers.ours(raw),
    await readers.node(raw),
    await readers.nginx(raw),
  ];
  const detail = JSON.stringify({ raw: raw.slice(0, 3000), ours, node, nginx }, null, 1);
  const named = namedByConnection(raw);
  for (const [index, reading] of ours.readings.entries()) {
    const expected = meaning(reading, named);
    const others = [node.readings[index], nginx.readings[index]].filter((one) => one !== undefined);
    if (others.length === 0) return { kind: 'laxer', detail };
    if (!others.every((other) => meaning(other, named) === expected)) {
      return { kind: 'otherwise', detail };
    }
  }
  const read = ours.readings.length;
  if (node.readings.length <= read && nginx.readings.length <= read)
    return { kind: 'same', detail };
  const fault = faultOf(ours);
  if (fault !== null) return { kind: 'stricter', detail, fault };
  return {
    kind: ours.begun === read && !ours.answer.includes('close') ? 'waits' : 'otherwise',
    detail,
  };
}

/** What counts, in one text: fields that are passed on from end to end, and none of ours. */
function meaning(
  { method, target, host, body, fields }: Reading,
  named: ReadonlySet<string>,
): string {
  const kept = fields.filter(([name]) => fieldRole(name) === 'pass' && !named.has(name));
  return JSON.stringify({ method, target, host, body, kept });
}

function namedByConnection(raw: string): Set<string> {
  const values = [...raw.matchAll(/^connection:(.*)$/gim)].map(([, value = '']) => value);
  return new Set(
    values
      .join()
      .toLowerCase()
      .split(',')
      .map((option) => option.trim()),
  );
}

/** Of the last answer, where it is a refusal. */
function faultOf({ answer }: Outcome): WireFault | null {
  const problem = answer.match(/\{"type".*\}/g)?.at(-1);
  if (problem === undefined) return null;
  const { detail } = JSON.parse(problem) as { detail?: string };
  return FAULTS.get(detail ?? '') ?? null;
}
