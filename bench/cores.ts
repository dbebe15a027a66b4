// Which core runs what: the contender has the first alone, the load and the upstream share the second, but
// where `both` are shared by all.
import { availableParallelism } from 'node:os';
import { findProgram } from '../tools/programs.ts';
import type { Command } from './peers/peer.ts';

const CORES = { contender: '0', load: '1', both: '0,1' } as const;

/** Whether this machine can keep the contender and the load apart. */
export function canPin(): boolean {
  return availableParallelism() > 1 && findProgram('taskset') !== undefined;
}

/** What runs where. */
export type Role = keyof typeof CORES;

/** The command, held to its core where that is possible. */
export function pinned(role: Role, { program, args }: Command): Command {
  if (!canPin()) return { program, args };
  return { program: 'taskset', args: ['-c', CORES[role], program, ...args] };
}
