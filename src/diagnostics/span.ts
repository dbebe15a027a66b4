import type { Language } from './finding.ts';

const UNITS = [
  { ms: 86_400_000, en: 'day', zh: '天' },
  { ms: 3_600_000, en: 'hour', zh: '小时' },
  { ms: 60_000, en: 'minute', zh: '分钟' },
  { ms: 1000, en: 'second', zh: '秒' },
] as const;

/** A length of time in its largest unit, such as `3 days`; whole units, rounded down, at least a second. */
export function span(ms: number, language: Language): string {
  const unit = UNITS.find((candidate) => ms >= candidate.ms) ?? UNITS[3];
  const count = Math.max(1, Math.floor(ms / unit.ms));
  if (language === 'zh') return `${count} ${unit.zh}`;
  return `${count} ${unit.en}${count === 1 ? '' : 's'}`;
}
