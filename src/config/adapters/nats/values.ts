import type { Draft } from '../draft.ts';
import type { NatsEntry, NatsList, NatsMap, NatsNode } from './syntax.ts';

// Single values as nats-server takes them. Each reports what it can't read, at the key, and gives null.

export function readText(entry: NatsEntry, draft: Draft): string | null {
  const { node } = entry;
  if (node.kind === 'text') return String(node.value);
  const hint = node.kind === 'list' || node.kind === 'map' ? '' : '; put it in quotes';
  draft.error(entry.place, `${entry.key} must be text${hint}`);
  return null;
}

export function readFlag(entry: NatsEntry, draft: Draft): boolean | null {
  if (entry.node.kind === 'flag') return entry.node.value === true;
  draft.error(entry.place, `${entry.key} must be true or false`);
  return null;
}

export function readInteger(entry: NatsEntry, draft: Draft): number | null {
  if (entry.node.kind === 'integer') return Number(entry.node.value);
  draft.error(entry.place, `${entry.key} must be a whole number`);
  return null;
}

export function readMap(entry: NatsEntry, draft: Draft): NatsMap | null {
  if (entry.node.kind === 'map') return entry.node;
  draft.error(entry.place, `${entry.key} must be a block { ... }`);
  return null;
}

export function readList(entry: NatsEntry, draft: Draft): NatsList | null {
  if (entry.node.kind === 'list') return entry.node;
  draft.error(entry.place, `${entry.key} must be an array [ ... ]`);
  return null;
}

/** A list of texts, or one text. */
export function readTexts(
  entry: NatsEntry,
  draft: Draft,
): { text: string; node: NatsNode }[] | null {
  const nodes = entry.node.kind === 'list' ? entry.node.items : [entry.node];
  const texts = nodes.flatMap((node) =>
    node.kind === 'text' ? [{ text: String(node.value), node }] : [],
  );
  if (texts.length === nodes.length) return texts;
  draft.error(entry.place, `${entry.key} must be text, or an array of texts`);
  return null;
}

/** Seconds as a number, or text with units such as `1m30s`; the result in milliseconds. */
export function readDuration(entry: NatsEntry, draft: Draft): number | null {
  const { kind, value } = { value: null, ...entry.node };
  const milliseconds =
    kind === 'integer' || kind === 'float'
      ? Number(value) * 1000
      : kind === 'text'
        ? parseDuration(String(value))
        : Number.NaN;
  if (milliseconds >= 0) return milliseconds;
  draft.error(entry.place, `${entry.key} must be a number of seconds, or text such as "2s"`);
  return null;
}

/** Milliseconds as our schema writes them. */
export function printDuration(milliseconds: number): string {
  const whole = Math.max(1, Math.round(milliseconds));
  return whole % 1000 === 0 ? `${whole / 1000}s` : `${whole}ms`;
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

function parseDuration(text: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$/.test(text)) return Number.NaN;
  let total = 0;
  for (const [, number, unit = ''] of text.matchAll(/([\d.]+)([a-z]+)/g)) {
    total += Number(number) * (UNITS_MS[unit] ?? Number.NaN);
  }
  return total;
}
