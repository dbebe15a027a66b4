import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { languageTag, texts } from '../language/language.ts';

const TICK_MS = 1000;
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** How long something is good still, counted down. `until`: ISO 8601. */
export function TimeLeft({ until }: { readonly until: string }): JSX.Element {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const words = texts.value.authority.token;
  const seconds = Math.floor((Date.parse(until) - now) / 1000);
  return <time dateTime={until}>{seconds <= 0 ? words.over : inWords(seconds)}</time>;
}

/** The two largest units that there are: `9 min 41 sec`. */
function inWords(seconds: number): string {
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  let rest = seconds;
  return UNITS.slice(first, first + 2)
    .map(([unit, size]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return new Intl.NumberFormat(languageTag.value, {
        style: 'unit',
        unit,
        unitDisplay: 'long',
      }).format(count);
    })
    .join(' ');
}
