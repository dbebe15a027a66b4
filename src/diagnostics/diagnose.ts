import { catalogue } from './catalogue.ts';
import type { CauseCode, Evidence } from './evidence.ts';
import type { Finding, Language, ToldFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

/**
 * What is wrong, the most useful finding first: that by which it was decided, then what else stands in
 * the way. Empty where the evidence has no cause. Pure; costs some ten microseconds for each cause.
 */
export function diagnose(evidence: Evidence, language: Language = 'en'): Finding[] {
  return tellAll(evidence).map((finding) => finding[language]);
}

/** The best of the findings; null: the evidence has no cause. */
export function bestFinding(evidence: Evidence): ToldFinding | null {
  const first = evidence.causes[0];
  if (first === undefined) return null;
  return tellAll({ ...evidence, causes: [first] })[0] ?? null;
}

function tellAll(evidence: Evidence): ToldFinding[] {
  const findings: ToldFinding[] = [];
  for (const code of new Set(evidence.causes.map((cause) => cause.code))) {
    findings.push(catalogue[code].tell(evidence) ?? bareFinding(code, evidence));
  }
  const [best, ...others] = findings;
  if (best === undefined) return [];
  const ranked = [
    best,
    ...others.toSorted((one, other) => rankOf(one.en.code) - rankOf(other.en.code)),
  ];
  const isAdmitted = evidence.record.outcome === 'admitted' && evidence.request === null;
  return isAdmitted ? ranked.map(asWarning) : ranked;
}

function asWarning({ en, zh }: ToldFinding): ToldFinding {
  return { en: { ...en, severity: 'warning' }, zh: { ...zh, severity: 'warning' } };
}

const ranks = new Map(Object.keys(catalogue).map((code, index) => [code, index]));

function rankOf(code: CauseCode): number {
  return ranks.get(code) ?? ranks.size;
}

/** For a cause whose certificate was lost on the way: its own words are better than none. */
function bareFinding(code: CauseCode, evidence: Evidence): ToldFinding {
  const { severity, title } = catalogue[code];
  const detail = shown(evidence.causes.find((cause) => cause.code === code)?.detail ?? '');
  const remedy = 'countersign explain client.crt --config CONFIG';
  const bare = { code, severity, detail, remedy };
  return { en: { ...bare, title: title.en }, zh: { ...bare, title: title.zh } };
}
