import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import './expiry-bar.css';

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;

interface ExpiryBarProps {
  /** ISO 8601, or milliseconds since the epoch. */
  readonly from: string | number;
  readonly until: string | number;
}

/** How much of a certificate's life is left, in words and as a bar. */
export function ExpiryBar({ from, until }: ExpiryBarProps): JSX.Element {
  const start = new Date(from).getTime();
  const end = new Date(until).getTime();
  const now = Date.now();
  const left = Math.min(1, Math.max(0, (end - now) / Math.max(1, end - start)));
  const tone = toneOf(start, end, now);
  return (
    <span class={`expiry ${tone}`}>
      <span class="expiry-text">{wordsFor(start, end, now)}</span>
      <span class="expiry-track" aria-hidden="true">
        <span class="expiry-left" style={{ width: `${Math.max(left * 100, 2)}%` }} />
      </span>
    </span>
  );
}

/** Whether it is time to renew it, as the gateway sees it. */
function toneOf(start: number, end: number, now: number): 'good' | 'warn' | 'bad' {
  const left = end - now;
  if (left <= 0 || start > now) return 'bad';
  return left < (end - start) / 3 && left < SOON_DAYS * DAY_MS ? 'warn' : 'good';
}

function wordsFor(start: number, end: number, now: number): string {
  const words = texts.value.certificates.expiry;
  if (Number.isNaN(end)) return '–';
  if (start > now) return words.notYet;
  const days = Math.floor((end - now) / DAY_MS);
  if (end < now) return words.expired(Math.floor((now - end) / DAY_MS));
  return days >= 730 ? words.years(Math.floor(days / 365.25)) : words.days(days);
}
