import { catalogue } from './catalogue.ts';
import type { CauseCode, Evidence } from './evidence.ts';
import type { Finding, Language } from './finding.ts';
import { shown } from './quoted-word.ts';

/**
 * What is wrong, the most useful finding first: that by which it was decided, then what else stands in
 * the way. Empty where the evidence has no cause. Pure; costs some ten microseconds for each cause.
 */
export function diagnose(evidence: Evidence, language: Language = 'en'): Finding[] {
  const findings: Finding[] = [];
  for (const code of new Set(evidence.causes.map((cause) => cause.code))) {
    findings.push(
      catalogue[code].tell(evidence, language) ?? bareFinding(code, evidence, language),
    );
  }
  const [best, ...others] = findings;
  if (best === undefined) return [];
  const ranked = [best, ...others.toSorted((one, other) => rankOf(one.code) - rankOf(other.code))];
  const isAdmitted = evidence.record.outcome === 'admitted' && evidence.request === null;
  return isAdmitted ? ranked.map((finding) => ({ ...finding, severity: 'warning' })) : ranked;
}

/** The best of the findings; null: the evidence has no cause. */
export function bestFinding(evidence: Evidence, language: Language = 'en'): Finding | null {
  const first = evidence.causes[0];
  if (first === undefined) return null;
  return diagnose({ ...evidence, causes: [first] }, language)[0] ?? null;
}

const ranks = new Map(Object.keys(catalogue).map((code, index) => [code, index]));

function rankOf(code: CauseCode): number {
  return ranks.get(code) ?? ranks.size;
}

/** For a cause whose certificate was lost on the way: its own words are better than none. */
function bareFinding(code: CauseCode, evidence: Evidence, language: Language): Finding {
  const { severity, title } = catalogue[code];
  const detail = evidence.causes.find((cause) => cause.code === code)?.detail ?? '';
  const remedy = 'countersign explain client.crt --config CONFIG';
  return { code, severity, title: title[language], detail: shown(detail), remedy };
}
