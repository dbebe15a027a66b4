// The real gateway as a process of its own, as a user starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { temporaryFolder } from './temporary-folder.ts';

const ENTRY = join(import.meta.dirname, '../../bin/countersign.js');
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 10_000;

/** A line of the gateway's log; the fields beyond `event` depend on it. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface GatewayProcess {
  readonly process: ChildProcess;
  /** The log so far; it grows. */
  readonly log: readonly LogLine[];
  /** Everything printed to standard output so far. */
  readonly stdout: () => string;
  /** What standard error held beside the log. */
  readonly stderr: () => string;
  /**
   * The first log line, of those that were written or will be, that `matches`; fails after 30 s.
   * Looks at `log` from the index `from` on: who looks for a client's port gives the length of the
   * log before it came, since an earlier client may have come from the same port. Default 0.
   */
  waitForLog(matches: (line: LogLine) => boolean, from?: number): Promise<LogLine>;
  /** Sends SIGTERM, once; resolves to the exit status, null where a signal ended it. */
  stop(): Promise<number | null>;
}

/** Starts `countersign run` with a configuration, beside whose file lie `files`; ready when it listens. */
export async function runGateway(
  t: Pick<TestContext, 'after'>,
  configuration: string,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<GatewayProcess> {
  const folder = await temporaryFolder(t, { ...files, 'gateway.yaml': configuration });
  return startGateway(t, ['run', join(folder, 'gateway.yaml')]);
}

/** Starts any command that listens; ready at its first `listening` event and stopped with the test. */
export async function startGateway(
  t: Pick<TestContext, 'after'>,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly nodeArgs?: readonly string[];
    /** Most files that the process may have open. */
    readonly openFiles?: number;
  } = {},
): Promise<GatewayProcess> {
  const command = [process.execPath, ...(options.nodeArgs ?? []), ENTRY, ...args];
  if (options.openFiles !== undefined) {
    command.unshift('sh', '-c', `ulimit -n ${options.openFiles}; exec "$0" "$@"`);
  }
  const child = spawn(command[0] ?? '', command.slice(1), {
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gateway = watchGateway(child);
  t.after(() => gateway.stop());
  await gateway.waitForLog((line) => line['event'] === 'listening');
  return gateway;
}

/** The log and output of a gateway that was started by other means, with its streams piped. */
export function watchGateway(child: ChildProcess): GatewayProcess {
  const log: LogLine[] = [];
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  let ended = false;
  const { stdout: out, stderr: err } = child;
  if (out === null || err === null) throw new Error('the gateway was started without pipes');
  const notify = (): void => {
    for (const watcher of watchers) watcher();
  };
  out.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    notify();
  });
  createInterface({ input: err }).on('line', (text) => {
    const line = parseLogLine(text);
    if (line === null) stderr += `${text}\n`;
    else log.push(line);
    notify();
  });
  const exited = once(child, 'close').then(([code]: unknown[]) => {
    ended = true;
    notify();
    return typeof code === 'number' ? code : null;
  });
  return {
    process: child,
    log,
    stdout: () => stdout,
    stderr: () => stderr,
    waitForLog(matches, from = 0) {
      return new Promise((resolve, reject) => {
        const limit = log.length === 0 ? START_LIMIT_MS : 30_000;
        const finish = (): void => {
          watchers.delete(look);
          clearTimeout(timer);
        };
        const fail = (why: string): void => {
          finish();
          reject(
            new Error(
              `${why}\n${stderr}${log.map((line) => `${JSON.stringify(line)}\n`).join('')}`,
            ),
          );
        };
        const look = (): void => {
          const found = log.find((line, at) => at >= from && matches(line));
          if (found !== undefined) {
            finish();
            resolve(found);
          } else if (ended) {
            fail(`the gateway ended with status ${child.exitCode}:`);
          }
        };
        const timer = setTimeout(
          () => fail(`no such log line within ${limit} ms; the log:`),
          limit,
        );
        watchers.add(look);
        look();
      });
    },
    async stop() {
      if (!ended) {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
        await exited;
        clearTimeout(timer);
      }
      return exited;
    },
  };
}

function parseLogLine(text: string): LogLine | null {
  if (!text.startsWith('{')) return null;
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return null;
  }
}
