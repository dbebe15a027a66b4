import { resolve } from 'node:path';
import type { Adapter, AdapterFileSystem, AdapterResult, Notice } from './adapters/adapter.ts';
import { type Configuration, configurationOf, unusableConfiguration } from './configuration.ts';
import type { LoadEnvironment } from './load.ts';

/** A file of another program with how it is read. */
export interface AdaptedFile {
  readonly file: string;
  readonly adapter: Adapter;
  /** Where all traffic goes, for languages that do not say it; null: as the adapter has it. */
  readonly upstream: string | null;
}

export interface AdaptedEnvironment extends LoadEnvironment {
  readonly fileSystem: AdapterFileSystem;
}

/** Turns another program's file into our document. Never throws. */
export function adaptFile(
  { file, adapter, upstream }: AdaptedFile,
  { cwd, variables, fileSystem }: AdaptedEnvironment,
): AdapterResult {
  const path = resolve(cwd, file);
  return adapter.adapt({ file, path, cwd: resolve(cwd), fileSystem, variables, upstream });
}

/** Reads another program's file, to be resolved to what it means here, as `readConfig` does with our own. */
export function readAdapted(
  source: AdaptedFile,
  environment: AdaptedEnvironment,
): { readonly configuration: Configuration; readonly notices: readonly Notice[] } {
  const adapted = adaptFile(source, environment);
  const { notices, files } = adapted;
  if (adapted.kind === 'invalid') {
    const result = { kind: 'invalid', errors: adapted.problems, warnings: [], files } as const;
    return { configuration: unusableConfiguration(result), notices };
  }
  const { fileSystem, now } = environment;
  const { document, directory } = adapted;
  return {
    configuration: configurationOf(document, { directory, fileSystem, now }, files),
    notices,
  };
}
