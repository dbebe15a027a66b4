let last = { second: -1, text: '' };

/** `2026-11-22T03:14:06.123Z` of milliseconds since the epoch; the text of a second is made once. */
export function isoTime(at: number): string {
  const second = Math.floor(at / 1000);
  if (second !== last.second) last = { second, text: new Date(at).toISOString().slice(0, 20) };
  const milliseconds = at - second * 1000;
  const zeros = milliseconds < 10 ? '00' : milliseconds < 100 ? '0' : '';
  return `${last.text}${zeros}${milliseconds}Z`;
}
