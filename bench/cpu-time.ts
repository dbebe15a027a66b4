import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time that a process and all its descendants have used so far, user and system, microseconds. Of
 * those that live: what a thread or a process has used is gone with it. Exact, where the clock ticks of
 * `/proc/PID/stat` are a hundredth of a second.
 */
export function cpuMicroseconds(pid: number): number {
  return processesOf(pid).reduce((sum, id) => sum + ownNanoseconds(id), 0) / 1000;
}

/** A process and all its descendants that live. */
export function processesOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const id = Number(name);
    const parent = Number.isInteger(id) ? parentOf(id) : null;
    if (parent !== null) parents.set(id, parent);
  }
  const family = (id: number): number[] => [
    id,
    ...[...parents].flatMap(([child, parent]) => (parent === id ? family(child) : [])),
  ];
  return family(pid);
}

function ownNanoseconds(pid: number): number {
  let sum = 0;
  for (const thread of namesIn(`/proc/${pid}/task`)) {
    const times = readText(`/proc/${pid}/task/${thread}/schedstat`);
    if (times !== null) sum += Number(times.slice(0, times.indexOf(' ')));
  }
  return sum;
}

function parentOf(pid: number): number | null {
  const text = readText(`/proc/${pid}/stat`);
  // The command's name stands in parentheses and may hold anything; the state and the parent follow.
  return text === null ? null : Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
}

/** null: it is gone by now. */
function readText(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
