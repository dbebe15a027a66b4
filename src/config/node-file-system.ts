import { readFileSync, statSync } from 'node:fs';
import type { ConfigFileSystem } from './file-reader.ts';

/** The machine's own file system. */
export const nodeFileSystem: ConfigFileSystem = {
  readFile: (path) => readFileSync(path),
  isDirectory: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
};
