import { z } from 'zod';
import type { ConfigDocument } from './document.ts';
import { nearest } from './nearest.ts';
import { splitPlainCertificates } from './plain-entries.ts';
import { type ConfigPath, type ConfigProblem, printPath } from './problem.ts';
import { type Config, configSchema } from './schema.ts';

export type ValidationResult =
  | { readonly kind: 'valid'; readonly config: Config }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

/** Checks a document against the schema. Every problem is reported, in the order of the text. */
export function validateConfig(document: ConfigDocument): ValidationResult {
  const missing = missingListeners(document);
  const split = missing.length > 0 ? null : splitPlainCertificates(document.value);
  if (split !== null) {
    const { success, data } = configSchema.safeParse(split.rest);
    // Otherwise the problems of the whole have the right places.
    if (success) {
      return {
        kind: 'valid',
        config: { ...data, certificates: split.join(data.certificates ?? []) },
      };
    }
  }
  const result = configSchema.safeParse(document.value, { error: messageOf });
  if (result.success && missing.length === 0) return { kind: 'valid', config: result.data };
  const issues = result.success ? [] : result.error.issues;
  const problems = [...missing, ...issues.flatMap((issue) => problemsOf(issue, document))];
  return { kind: 'invalid', problems: problems.toSorted(byPosition) };
}

/** A gateway that serves nothing but enrolment or revocation lists needs none. */
function missingListeners(document: ConfigDocument): ConfigProblem[] {
  const { value, file } = document;
  if (typeof value !== 'object' || value === null) return [];
  const { listeners, ca } = mapping(value);
  const { listen, crl_listen: listsListen } = mapping(ca);
  if ([listeners, listen, listsListen].some((one) => one !== undefined)) return [];
  const place = document.position(['listeners'], 'value');
  return [{ file: place?.file ?? file, position: place, message: 'listeners: is missing' }];
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Sorts problems as they stand in the text; those without a place come first. */
export function byPosition(a: ConfigProblem, b: ConfigProblem): number {
  const line = (a.position?.line ?? 0) - (b.position?.line ?? 0);
  return line === 0 ? (a.position?.column ?? 0) - (b.position?.column ?? 0) : line;
}

function problemsOf(issue: z.core.$ZodIssue, document: ConfigDocument): ConfigProblem[] {
  const problem = (path: ConfigPath, of: 'key' | 'value', message: string): ConfigProblem => {
    const position = document.position(path, of);
    return { file: position?.file ?? document.file, position, message };
  };
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(configSchema, issue.path);
    return issue.keys.map((key) =>
      problem([...issue.path, key], 'key', unknownKey(issue.path, key, known)),
    );
  }
  const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message;
  const of = issue.code === 'invalid_key' ? 'key' : 'value';
  return [problem(issue.path, of, `${subject(issue.path)} ${message}`)];
}

function subject(path: ConfigPath): string {
  return path.length === 0 ? 'the configuration' : `${printPath(path)}:`;
}

function unknownKey(path: ConfigPath, key: string, known: readonly string[]): string {
  const shown = JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}...` : key);
  const near = nearest(key, known);
  const place = path.length === 0 ? '' : ` in ${printPath(path)}`;
  const otherwise = near === null ? `known here: ${known.join(', ')}` : `did you mean "${near}"?`;
  const hint = path[0] === 'certificates' && key === 'timeout' ? TIMEOUT_HINT : otherwise;
  return `unknown key ${shown}${place}; ${hint}`;
}

const TIMEOUT_HINT =
  "the handshake's time is set in a listener's tls, as it runs before a certificate is chosen";

function keysAt(schema: z.core.$ZodType, path: ConfigPath): readonly string[] {
  const inner = unwrap(schema);
  const [first, ...rest] = path;
  if (inner instanceof z.ZodObject) {
    if (first === undefined) return Object.keys(inner.shape);
    const next = (inner.shape as Record<PropertyKey, z.core.$ZodType>)[first];
    return next === undefined ? [] : keysAt(next, rest);
  }
  if (inner instanceof z.ZodArray) return keysAt(inner.element, rest);
  if (inner instanceof z.ZodRecord) return keysAt(inner.valueType, rest);
  return [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}

/** What an issue says where the schema has no words of its own for it. */
function messageOf(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return 'must have at least one entry';
    default:
      return 'is not valid';
  }
}

const kinds: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  string: 'text',
};
