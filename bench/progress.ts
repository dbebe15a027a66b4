// Tells on standard error how far a run is: one line that changes on a terminal, lines elsewhere.

const started = performance.now();

/** What is being done just now; not told where lines stay. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

/** A step of the run, with the time since its start. */
export function step(text: string): void {
  const clear = process.stderr.isTTY ? '\r\u001B[K' : '';
  process.stderr.write(`${clear}${elapsed()} ${text}\n`);
}

/** Since the start of the run, such as `03:20`. */
export function elapsed(): string {
  const seconds = Math.round((performance.now() - started) / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}
