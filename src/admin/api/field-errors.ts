import type { z } from 'zod';
import { printPath } from '../../config/problem.ts';
import type { FieldError } from '../certificate-material.ts';

/** What a request held, in the shape that was asked for; or what is wrong with it. */
export type Shaped<Value> = { readonly value: Value } | { readonly errors: readonly FieldError[] };

/** Checks `value`. No message quotes it: there may be a key in it. `prefix` is where it stands. */
export function shaped<Schema extends z.ZodType>(
  schema: Schema | undefined,
  value: unknown,
  prefix?: string,
): Shaped<z.output<Schema>> {
  if (schema === undefined) return { value: undefined as z.output<Schema> };
  const result = schema.safeParse(value, { error: messageOf });
  if (result.success) return { value: result.data };
  const start = prefix === undefined ? [] : [prefix];
  return { errors: result.error.issues.flatMap((issue) => errorsOf(issue, start)) };
}

function errorsOf(issue: z.core.$ZodIssue, start: readonly string[]): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      return { path: printPath([...start, ...issue.path, key]), message: 'is not known here' };
    });
  }
  return [{ path: printPath([...start, ...issue.path]), message: issue.message }];
}

/** What an issue says where the schema has no words of its own for it. */
function messageOf(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return issue.minimum === 1 ? 'must not be empty' : `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'invalid_format':
      return issue.format === 'datetime'
        ? 'must be a time such as 2026-01-31T12:00:00Z'
        : undefined;
    case 'invalid_union':
      return 'is none of the values that are possible here';
    default:
      return undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'text',
};
