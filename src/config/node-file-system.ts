import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { AdapterFileSystem } from './adapters/adapter.ts';

/** The machine's own file system. */
export const nodeFileSystem: AdapterFileSystem = {
  readFile: (path) => readFileSync(path),
  isDirectory: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  list: (path) => readdirSync(path),
};
