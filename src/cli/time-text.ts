/** A moment of ISO 8601 in UTC as people read it, to the second: `2026-07-01 12:00:00Z`. */
export function clock(iso: string): string {
  return `${iso.slice(0, -5).replace('T', ' ')}Z`;
}

/** A length of time in its largest whole unit, from days to minutes. */
export function span(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  if (days >= 1) return days === 1 ? '1 day' : `${days} days`;
  const hours = Math.floor(ms / 3_600_000);
  if (hours >= 1) return hours === 1 ? '1 hour' : `${hours} hours`;
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
