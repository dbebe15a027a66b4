import { readdirSync, readFileSync } from 'node:fs';

/** As Linux tells them to programs. */
const TICK_MICROSECONDS = 10_000;

/**
 * CPU time that a process and all its descendants have used so far, user and system, microseconds. Of
 * those that live: what a thread or a process has used is gone with it. Exact, where the clock ticks of
 * `/proc/PID/stat` are a hundredth of a second.
 */
export function cpuMicroseconds(pid: number): number {
  return total(threadTimes(pid));
}

/**
 * Begins to count; the function tells the microseconds since. Exact while threads live; where many have
 * ended, as in a server that has one for each connection, what their process knows of them, to two ticks.
 */
export function cpuSince(pid: number): () => number {
  const before = threadTimes(pid);
  const ticksBefore = ticksOf(pid);
  return () => {
    let exact = 0;
    for (const [thread, time] of threadTimes(pid)) exact += time - (before.get(thread) ?? 0);
    return Math.max(exact, (ticksOf(pid) - ticksBefore - 1) * TICK_MICROSECONDS);
  };
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

/** Microseconds by thread. */
function threadTimes(pid: number): Map<string, number> {
  const times = new Map<string, number>();
  for (const id of processesOf(pid)) {
    for (const thread of namesIn(`/proc/${id}/task`)) {
      const text = readText(`/proc/${id}/task/${thread}/schedstat`);
      if (text !== null) times.set(thread, Number(text.slice(0, text.indexOf(' '))) / 1000);
    }
  }
  return times;
}

function total(times: ReadonlyMap<string, number>): number {
  return [...times.values()].reduce((sum, time) => sum + time, 0);
}

/** Of a process and its descendants, with the threads that have ended. */
function ticksOf(pid: number): number {
  return processesOf(pid).reduce((sum, id) => {
    const [user = 0, system = 0] = statFields(id)?.slice(11, 13).map(Number) ?? [];
    return sum + user + system;
  }, 0);
}

function parentOf(pid: number): number | null {
  const fields = statFields(pid);
  return fields === null ? null : Number(fields[1]);
}

/** From the state on. */
function statFields(pid: number): string[] | null {
  const text = readText(`/proc/${pid}/stat`);
  // The command's name stands in parentheses and may hold anything.
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
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
