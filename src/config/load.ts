import { dirname, resolve } from 'node:path';
import { type Configuration, configurationOf, unusableConfiguration } from './configuration.ts';
import { parseConfigDocument } from './document.ts';
import type { Environment } from './environment.ts';
import { type ConfigFileSystem, describeFileError } from './file-reader.ts';
import type { ConfigProblem } from './problem.ts';
import type { ResolveResult } from './resolve.ts';

export interface LoadEnvironment {
  /** Where a relative path to the configuration starts. */
  readonly cwd: string;
  /** For `${NAME}` in values. */
  readonly variables: Environment;
  readonly fileSystem: ConfigFileSystem;
  /** Milliseconds since the epoch; only warnings depend on it. */
  readonly now: number;
}

/** Reads a configuration file and resolves it. Problems name the file as `file` does. Never throws. */
export function loadConfig(file: string, environment: LoadEnvironment): ResolveResult {
  return readConfig(file, environment).resolve();
}

/** Reads a configuration file, to be resolved. Never throws: what is wrong comes with the resolution. */
export function readConfig(file: string, environment: LoadEnvironment): Configuration {
  const { cwd, variables, fileSystem, now } = environment;
  const path = resolve(cwd, file);
  let bytes: Uint8Array;
  try {
    bytes = fileSystem.readFile(path);
  } catch (error) {
    const message = `cannot read the configuration: ${describeFileError(error)}`;
    return invalid([{ file, position: null, message }], path);
  }
  const parsed = parseConfigDocument(bytes, file, variables);
  if (parsed.kind === 'invalid') return invalid(parsed.problems, path);
  return configurationOf(parsed.document, { directory: dirname(path), fileSystem, now }, [path]);
}

function invalid(errors: readonly ConfigProblem[], path: string): Configuration {
  return unusableConfiguration({ kind: 'invalid', errors, warnings: [], files: [path] });
}
