// Runs a script of this checkout under a Node that is new enough:
//   node tools/with-runtime.js SCRIPT [ARG ...]
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { followLauncher, nodeIsNewEnough, OLDEST_NODE, relaunch } from '../bin/launch.js';

const [script, ...rest] = process.argv.slice(2);
if (nodeIsNewEnough()) {
  followLauncher();
  process.argv = [process.argv[0], resolve(script), ...rest];
  await import(pathToFileURL(resolve(script)).href);
} else if (!relaunch([process.argv[1], script, ...rest])) {
  process.stderr.write(`Install Node ${OLDEST_NODE} or newer, or run npm ci first.\n`);
  process.exitCode = 1;
}
