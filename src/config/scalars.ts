import { z } from 'zod';
import type { ClientAuthMode } from '../pki/client-auth-mode.ts';
import type { TlsVersion } from '../tls/options.ts';

// Schemas are turned into functions where they are used for much. A start would pay more for it than it saves.
// It has to be said before the first schema is made, and all are made of these.
z.config({ jitless: true });

// The kinds of single values. Each takes what its JSON Schema says and gives what the options need.

/** Longest duration, 24 days: a longer one overflows a timer. */
const MAX_DURATION_MS = 24 * 24 * 3600 * 1000;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/;

const durationError = says(
  'must be a number with a unit of time, such as 10s, 500ms, 2m, 1h or 1d',
);
const durationText = z.string({ error: durationError }).regex(DURATION, { error: durationError });

/** A duration above zero with its unit, in milliseconds. A number without a unit is refused. */
export const duration = durationText.transform(readDuration);

/** The same, or 0. */
export const durationOrZero = z
  .union([durationText, z.literal(0), z.literal('0')], { error: durationError })
  .transform((value, context) => (value === 0 || value === '0' ? 0 : readDuration(value, context)));

const STALENESS = 'must be refuse, accept, or grace with a duration, such as grace 24h';
const stalenessError = says(STALENESS);

/** What an out-of-date revocation list means: how long it is still relied on, in milliseconds. */
export const staleness = z
  .string({ error: stalenessError })
  .regex(/^(?:refuse|accept|grace \S+)$/, { error: stalenessError })
  .transform((text, context) => {
    if (text === 'refuse') return 0;
    if (text === 'accept') return Number.POSITIVE_INFINITY;
    const grace = text.slice('grace '.length);
    if (DURATION.test(grace)) return readDuration(grace, context);
    context.addIssue({ code: 'custom', message: STALENESS });
    return z.NEVER;
  });

function readDuration(text: string, context: z.RefinementCtx): number {
  const [, number = '', unit = ''] = DURATION.exec(text) ?? [];
  const milliseconds = Math.round(Number(number) * (UNITS[unit] ?? Number.NaN));
  if (!(milliseconds > 0)) {
    context.addIssue({ code: 'custom', message: 'must be more than zero' });
  } else if (milliseconds > MAX_DURATION_MS) {
    context.addIssue({ code: 'custom', message: 'must be at most 24d' });
  }
  return milliseconds;
}

/** true or false; also as text, which is what a substituted variable gives. */
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false'])], { error: says('must be true or false') })
  .transform((value) => value === true || value === 'true');

/** A whole number within bounds; also as decimal text. */
export function wholeNumber(least: number, most: number) {
  const bounds = `must be a whole number from ${least} to ${most}`;
  const error = says(bounds);
  const digits = z.string().regex(/^\d{1,9}$/, { error });
  return z
    .union([z.int({ error }).min(least, { error }).max(most, { error }), digits], { error })
    .transform((value, context) => {
      const number = Number(value);
      if (number < least || number > most) context.addIssue({ code: 'custom', message: bounds });
      return number;
    });
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(...words: Words) {
  const last = words.at(-1) ?? '';
  const rest = words.slice(0, -1).join(', ');
  return z.enum(words, { error: says(`must be ${rest === '' ? last : `${rest} or ${last}`}`) });
}

/** The client-auth mode; YAML reads its true and false as booleans. */
export const clientAuthMode = z
  .union([z.boolean(), z.enum(['false', 'observe', 'optional', 'true'])], {
    error: says('must be false, observe, optional or true'),
  })
  .transform((value): ClientAuthMode => {
    if (typeof value === 'string') return value;
    return value ? 'true' : 'false';
  });

/** A TLS version; YAML reads an unquoted one as a number. */
export const tlsVersion = z
  .union([z.enum(['1.2', '1.3']), z.literal(1.2), z.literal(1.3)], {
    error: says('must be "1.2" or "1.3"'),
  })
  .transform((value): TlsVersion => (String(value) === '1.3' ? 'TLSv1.3' : 'TLSv1.2'));

/** Text with lines, not empty. */
export const block = z.string({ error: wrongText }).min(1, { error: 'must not be empty' });

/** Text of at least one character, without control characters. */
export const word = block.refine((value) => !hasControl(value), {
  error: 'must not have control characters in it',
});

/** Text that may be empty. */
export const anyText = z.string({ error: wrongText });

function wrongText(issue: { readonly input: unknown }): string | undefined {
  const { input } = issue;
  if (typeof input !== 'number' && typeof input !== 'boolean') return undefined;
  return 'must be text; put it in quotes';
}

/** One message for whatever is wrong with a value that is there. */
function says(message: string): (issue: { readonly input: unknown }) => string | undefined {
  return (issue) => (issue.input === undefined ? undefined : message);
}

function hasControl(value: string): boolean {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
