import type { JSX } from 'preact';
import { languageTag } from '../language/language.ts';
import { clock } from './clock.ts';

interface TimeTextProps {
  /** ISO 8601, or milliseconds since the epoch. */
  readonly at: string | number;
  /** `recent`: the time, and the day unless it is today; `ago`: how long ago, or how far ahead. */
  readonly form: 'date' | 'moment' | 'recent' | 'ago';
}

/** A time in the reader's words; the whole of it stands in the title. */
export function TimeText({ at, form }: TimeTextProps): JSX.Element {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return <span>–</span>;
  return (
    <time dateTime={time.toISOString()} title={inWords(time, 'moment')}>
      {inWords(time, form)}
    </time>
  );
}

function inWords(time: Date, form: TimeTextProps['form']): string {
  switch (form) {
    case 'date':
      return print(time, { dateStyle: 'medium' });
    case 'moment':
      return print(time, { dateStyle: 'medium', timeStyle: 'medium' });
    case 'recent':
      return time.toDateString() === new Date().toDateString()
        ? print(time, { timeStyle: 'medium' })
        : print(time, { dateStyle: 'short', timeStyle: 'medium' });
    case 'ago':
      return distance(time.getTime() - Math.max(clock.value, Date.now()), languageTag.value);
  }
}

function print(time: Date, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(languageTag.value, { ...options, hourCycle: 'h23' }).format(time);
}

const UNITS = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

function distance(ms: number, tag: string): string {
  const format = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' });
  const [unit, size] = UNITS.find(([, one]) => Math.abs(ms) >= one) ?? ['second', 1000];
  return format.format(Math.trunc(ms / size), unit);
}
