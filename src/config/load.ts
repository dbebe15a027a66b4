import { dirname, resolve } from 'node:path';
import { parseConfigDocument } from './document.ts';
import type { Environment } from './environment.ts';
import { type ConfigFileSystem, describeFileError } from './file-reader.ts';
import { resolveConfig, type ResolveResult } from './resolve.ts';

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
  const result = resolveConfig(parsed.document, { directory: dirname(path), fileSystem, now });
  if (result.kind === 'invalid') return { ...result, files: [path, ...result.files] };
  const { options, warnings } = result;
  return {
    kind: 'resolved',
    options: { ...options, watchedFiles: [path, ...options.watchedFiles] },
    warnings,
  };
}

function invalid(
  errors: Extract<ResolveResult, { kind: 'invalid' }>['errors'],
  path: string,
): ResolveResult {
  return { kind: 'invalid', errors, warnings: [], files: [path] };
}
