import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { AdapterFileSystem } from './adapters/adapter.ts';

/** The machine's own file system. */
export const nodeFileSystem: AdapterFileSystem = {
  readFile: (path) => readFileSync(path),
  // Half of what it costs to read the bytes first: node does it in one call.
  readText: (path) => readFileSync(path, 'utf8'),
  isDirectory: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  list: (path) => readdirSync(path),
};
