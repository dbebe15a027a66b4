let last = { second: -1, text: '' };

/** `2026-11-22T03:14:06.` of seconds since the epoch, whole; the text of a second is made once. */
export function isoSecond(second: number): string {
  if (second !== last.second) {
    const text = Buffer.from(new Date(second * 1000).toISOString(), 'latin1');
    // In one piece: a part of a string costs whoever goes over its characters.
    last = { second, text: text.toString('latin1', 0, 20) };
  }
  return last.text;
}

/** `2026-11-22T03:14:06.123Z` of milliseconds since the epoch. */
export function isoTime(at: number): string {
  const second = Math.floor(at / 1000);
  const milliseconds = at - second * 1000;
  const zeros = milliseconds < 10 ? '00' : milliseconds < 100 ? '0' : '';
  return `${isoSecond(second)}${zeros}${milliseconds}Z`;
}
