import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One client's decision by all that were asked, as text: what countersign proved and did, and the program. */
export interface Judgement {
  readonly client: string;
  /** What is special about the client's certificate. */
  readonly kind: string;
  readonly proved: string;
  /** Why it was refused by what was proved; null: it was not. */
  readonly code: string | null;
  readonly live: string;
  readonly real: string;
}

/** Kinds of clients that a program judges otherwise than countersign does: here `admitted`, or refused by a code. */
export type Differences = ReadonlyMap<string, string>;

const PAGE = join(import.meta.dirname, '../../docs/differences.md');

/** The differences that the page about them lists for a program: rows that begin with kind and code. */
export function listedDifferences(program: 'nats-server' | 'nginx'): Differences {
  const [, section = ''] = readFileSync(PAGE, 'utf8').split(`\n## ${program}\n`);
  const [own = ''] = section.split('\n## ');
  const rows = own.matchAll(/^\| `([\w-]+)` \| `([\w-]+)` \|/gm);
  return new Map([...rows].map(([, kind = '', code = '']) => [kind, code]));
}

/**
 * Every client is judged alike by all, but for the kinds of `differences`; and each of those is met. What
 * is proved is always what happens.
 */
export function assertAgreement(judgements: readonly Judgement[], differences: Differences): void {
  const seen = new Set<string>();
  const wrong: Judgement[] = [];
  for (const judgement of judgements) {
    const { kind, proved, code, live, real } = judgement;
    if (proved === live && live === real) continue;
    seen.add(kind);
    const isListed = differences.get(kind) === (code ?? 'admitted');
    if (!isListed || proved !== live) wrong.push(judgement);
  }
  assert.deepEqual(wrong, []);
  assert.ok(judgements.some(({ real }) => real === 'refused'));
  assert.ok(judgements.some(({ real }) => real !== 'refused'));
  assert.deepEqual([...seen].toSorted(), [...differences.keys()].toSorted());
}
