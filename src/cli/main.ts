import { relative, resolve } from 'node:path';
import { runCommandLine } from './command-line.ts';
import type { CliContext } from './context.ts';
import { packageVersion } from './version.ts';

/** Runs the command line `argv` (without node and script) and sets the process's exit status. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = await runCommandLine(argv, packageVersion(), processContext());
}

function processContext(): CliContext {
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: '.',
    program: programName(),
    isTerminal: process.stdout.isTTY,
    now: Date.now,
    askSecret: async (question) => {
      if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
      const { isCancel, password } = await import('@clack/prompts');
      const answer = await password({ message: question, output: process.stderr });
      return isCancel(answer) ? null : answer;
    },
  };
}

function programName(): string {
  const script = process.argv[1] ?? '';
  if (!script.endsWith('countersign.js')) return 'countersign';
  const shown = relative(process.cwd(), resolve(script));
  return `node ${shown === '' || shown.startsWith('..') ? script : shown}`;
}
