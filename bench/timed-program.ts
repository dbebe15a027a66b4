import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a program took, run once. */
export interface Timed {
  readonly elapsedMs: number;
  /** User and system, microseconds, of it and whatever it started; the shell tells hundredths of a second. */
  readonly cpuMicroseconds: number;
}

/** Runs a line of a shell's in a folder. Throws where it fails. */
export async function timedProgram(line: string, folder: string): Promise<Timed> {
  const started = performance.now();
  const { stdout } = await promisify(execFile)(
    'sh',
    ['-c', `set -e; { ${line}; } >/dev/null 2>&1; times`],
    { cwd: folder },
  );
  const elapsedMs = performance.now() - started;
  // The shell's own times, and on the second line those of its children.
  const children = stdout.trim().split('\n').at(-1) ?? '';
  let seconds = 0;
  for (const [, minutes, rest] of children.matchAll(/(\d+)m([\d.]+)s/g)) {
    seconds += Number(minutes) * 60 + Number(rest);
  }
  return { elapsedMs, cpuMicroseconds: seconds * 1e6 };
}
