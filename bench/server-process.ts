import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pinned, type Role } from './cores.ts';
import type { Command } from './peers/peer.ts';

const STOP_LIMIT_MS = 15_000;

export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts a server on its core (`all`: on whichever is free); ready when its port accepts, which is tried
 * every `pollMs`. Its output goes to
 * `output.log` in the folder.
 */
export async function startServer(
  role: Role | 'all',
  command: Command,
  folder: string,
  port: number,
  { limitMs = 20_000, pollMs = 50 } = {},
): Promise<ServerProcess> {
  const { program, args } = role === 'all' ? command : pinned(role, command);
  const logFile = join(folder, 'output.log');
  const output = openSync(logFile, 'w');
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', output, output] });
  closeSync(output);
  running.add(child);
  child.once('exit', () => running.delete(child));
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const limit = performance.now() + limitMs;
  while (!(await accepts(port))) {
    if (child.pid === undefined || child.exitCode !== null || performance.now() > limit) {
      child.kill('SIGKILL');
      throw new Error(
        `${command.program} does not listen:\n${readFileSync(logFile, 'utf8').slice(-4000)}`,
      );
    }
    await delay(pollMs);
  }
  return { pid: child.pid ?? 0, port, stop: () => stop(child, ended) };
}

/** An interrupted run leaves no server behind. */
const running = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill('SIGKILL');
    process.kill(process.pid, signal);
  });
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
