import { z } from 'zod';
import type { FieldError } from '../certificate-material.ts';

/** Every way in which the API says no. */
const problemCode = z.enum([
  'invalid-request',
  'unauthorized',
  'forbidden',
  'read-only',
  'not-found',
  'conflict',
  'stale',
  'no-authority',
  'authority-locked',
  'too-large',
  'too-many-failures',
  'unavailable',
  'fault',
]);

export type ProblemCode = z.output<typeof problemCode>;

/** `application/problem+json` (RFC 9457). */
export const problemSchema = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  code: problemCode,
  detail: z.string(),
  errors: z
    .array(
      z.strictObject({
        path: z.string().describe('The field, such as `client.ca`; empty: the whole.'),
        message: z.string(),
      }),
    )
    .optional(),
});

const STATUS: Readonly<Record<ProblemCode, readonly [number, string]>> = {
  'invalid-request': [400, 'Bad Request'],
  unauthorized: [401, 'Unauthorized'],
  forbidden: [403, 'Forbidden'],
  'read-only': [403, 'Forbidden'],
  'not-found': [404, 'Not Found'],
  conflict: [409, 'Conflict'],
  stale: [412, 'Precondition Failed'],
  'no-authority': [404, 'Not Found'],
  'authority-locked': [409, 'Conflict'],
  'too-large': [413, 'Content Too Large'],
  'too-many-failures': [429, 'Too Many Requests'],
  fault: [500, 'Internal Server Error'],
  unavailable: [503, 'Service Unavailable'],
};

/** An answer of the API, before it is bytes. */
export interface Answer {
  readonly status: number;
  /** JSON; absent: none. */
  readonly body?: unknown;
  /** Instead of `body`, as they are; the headers say of which type. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Says no. `errors` name the fields that are at fault. */
export function problem(
  code: ProblemCode,
  detail: string,
  errors: readonly FieldError[] = [],
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const [status, title] = STATUS[code];
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
    body: {
      type: 'about:blank',
      title,
      status,
      code,
      detail,
      ...(errors.length === 0 ? {} : { errors }),
    },
  };
}

/** The same for fields that are wrong, the first of which is the detail. */
export function invalid(errors: readonly FieldError[]): Answer {
  const [first] = errors;
  const detail =
    first === undefined
      ? 'the request is not valid'
      : first.path === ''
        ? first.message
        : `${first.path}: ${first.message}`;
  return problem('invalid-request', detail, errors);
}

/** The first snapshot is not in force yet. */
export function starting(): Answer {
  return problem('unavailable', 'the gateway is starting', [], { 'Retry-After': '1' });
}
