import { resolve } from 'node:path';
import type { Adapter, AdapterFileSystem, AdapterResult, Notice } from './adapters/adapter.ts';
import type { LoadEnvironment } from './load.ts';
import { resolveConfig, type ResolveResult } from './resolve.ts';

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

/** Reads another program's file and resolves what it means here, as `loadConfig` does with our own. */
export function loadAdapted(
  source: AdaptedFile,
  environment: AdaptedEnvironment,
): { readonly result: ResolveResult; readonly notices: readonly Notice[] } {
  const adapted = adaptFile(source, environment);
  const { notices, files } = adapted;
  if (adapted.kind === 'invalid') {
    return {
      result: { kind: 'invalid', errors: adapted.problems, warnings: [], files },
      notices,
    };
  }
  const { fileSystem, now } = environment;
  const { document, directory } = adapted;
  const result = resolveConfig(document, { directory, fileSystem, now });
  if (result.kind === 'invalid') {
    return { result: { ...result, files: [...files, ...result.files] }, notices };
  }
  const watchedFiles = [...files, ...result.options.watchedFiles];
  return { result: { ...result, options: { ...result.options, watchedFiles } }, notices };
}
