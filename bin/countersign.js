#!/usr/bin/env node
// Entry of the command line. Checks the Node version before it imports anything of the product.
import { fileURLToPath } from 'node:url';
import { followLauncher, nodeIsNewEnough, OLDEST_NODE, relaunch } from './launch.js';

if (nodeIsNewEnough()) {
  followLauncher();
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  const { existsSync } = await import('node:fs');
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const entry = existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url);
  const { main } = await import(entry.href);
  await main(process.argv.slice(2));
} else if (!relaunch([fileURLToPath(import.meta.url), ...process.argv.slice(2)])) {
  process.stderr.write(
    `countersign: Node ${process.versions.node} is too old; install Node ${OLDEST_NODE} or newer from https://nodejs.org\n`,
  );
  process.exitCode = 1;
}
