import { readFileSync } from 'node:fs';
import { processesOf } from './cpu-time.ts';

/**
 * What a process and its descendants hold in memory, KB (1000 bytes): the proportional set size, in which a
 * page that several of them share counts once.
 */
export function memoryKb(pid: number): number {
  return processesOf(pid).reduce((sum, id) => sum + proportionalKb(id), 0);
}

function proportionalKb(pid: number): number {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  } catch {
    // It is gone by now.
    return 0;
  }
  return (Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024) / 1000;
}
