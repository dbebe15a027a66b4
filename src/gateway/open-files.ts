import { readFileSync } from 'node:fs';

/** How many files, sockets included, this process may have open; Infinity where nothing limits it. */
export function openFileLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    const soft = /^Max open files +(\S+)/m.exec(limits)?.[1];
    if (soft !== undefined) return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    // Not Linux.
  }
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY;
}

/**
 * How many client connections a process with this limit on open files has room for. A quarter is left
 * to connections to upstreams, files that are served, and the process itself.
 */
export function connectionRoom(openFiles: number): number {
  return Math.max(1, Math.floor(openFiles * 0.75));
}
