#!/usr/bin/env node
// Entry of the command line. Checks the Node version before it imports anything of the product.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { followLauncher, nodeIsNewEnough, OLDEST_NODE, relaunch } from './launch.js';

if (nodeIsNewEnough()) {
  followLauncher();
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  const { programEntry } = await import('./program.js');
  const entry = programEntry();
  if (entry === undefined) fail('neither dist nor src is there; install the package again');
  else await (await import(pathToFileURL(entry).href)).main(process.argv.slice(2));
} else if (!relaunch([fileURLToPath(import.meta.url), ...process.argv.slice(2)])) {
  fail(
    `Node ${process.versions.node} is too old; install Node ${OLDEST_NODE} or newer from https://nodejs.org`,
  );
}

function fail(message) {
  process.stderr.write(`countersign: ${message}\n`);
  process.exitCode = 1;
}
