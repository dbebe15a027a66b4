import type { Finding, Language } from '../diagnostics/finding.ts';
import type { RuleOutcome } from '../diagnostics/decision-rules.ts';
import type { Explanation } from '../gateway/explanation.ts';
import { visible } from '../pki/visible-text.ts';

/** An explanation for people: the rules with what they came to, the decision, the findings. */
export function explanationText(
  { decision, user, findings, rules }: Explanation,
  language: Language,
): string {
  const words = WORDS[language];
  const as = user === null ? '' : ` (${words.user} ${visible(user)})`;
  return [
    ...rules.map((rule) => ruleLine(rule, language)),
    '',
    `${words.decision}: ${words[decision]}${as}`,
    ...findings.flatMap((finding) => findingLines(finding, language)),
    '',
  ].join('\n');
}

function ruleLine({ title, outcome, value }: RuleOutcome, language: Language): string {
  const label = padded(title, 24);
  return `  ${padded(WORDS[language][outcome], 8)}${label}${value}`.trimEnd();
}

function findingLines({ code, title, detail, remedy }: Finding, language: Language): string[] {
  return ['', `${title} [${code}]`, `  ${detail}`, `  ${WORDS[language].remedy}: ${remedy}`];
}

/** Chinese characters are two columns wide. */
function padded(text: string, columns: number): string {
  const wide = text.match(/[\u2e80-\uffef]/g)?.length ?? 0;
  const width = text.length + wide;
  return text + ' '.repeat(Math.max(1, columns - width));
}

const WORDS = {
  en: {
    decision: 'Decision',
    admit: 'admit',
    refuse: 'refuse',
    user: 'user',
    remedy: 'Remedy',
    passed: 'ok',
    failed: 'FAILED',
    skipped: '-',
  },
  zh: {
    decision: '决定',
    admit: '允许',
    refuse: '拒绝',
    user: '用户',
    remedy: '解决办法',
    passed: '通过',
    failed: '失败',
    skipped: '-',
  },
} as const;
