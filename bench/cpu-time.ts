import { readdirSync, readFileSync } from 'node:fs';

const TICK_MICROSECONDS = 10_000;

interface ProcessTimes {
  readonly parent: number;
  /** Clock ticks, user and system, with those of children that were waited for. */
  readonly ticks: number;
}

/** CPU time that a process and all its descendants have used so far, user and system, microseconds. */
export function cpuMicroseconds(pid: number): number {
  const all = new Map<number, ProcessTimes>();
  for (const name of readdirSync('/proc')) {
    const id = Number(name);
    if (!Number.isInteger(id)) continue;
    const times = readTimes(id);
    if (times !== null) all.set(id, times);
  }
  const sum = (id: number): number => {
    let ticks = all.get(id)?.ticks ?? 0;
    for (const [child, { parent }] of all) if (parent === id) ticks += sum(child);
    return ticks;
  };
  return sum(pid) * TICK_MICROSECONDS;
}

function readTimes(pid: number): ProcessTimes | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  // The command's name stands in parentheses and may hold anything; the fields after it are numbers.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index]);
  return { parent: number(1), ticks: number(11) + number(12) + number(13) + number(14) };
}
