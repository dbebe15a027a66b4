import type { AddedCertificate } from './added-certificates.ts';
import type { ConfigDocument } from './document.ts';
import { FileMemory } from './file-reader.ts';
import { type ResolveEnvironment, type ResolveResult, resolveConfig } from './resolve.ts';

/**
 * A configuration as it was read: what it said then, and what its files held. It can be resolved again
 * with other certificates beside its own; nothing is read a second time.
 */
export interface Configuration {
  /**
   * How many workers it seems to ask for, before anything of it was checked: `auto` where it does not say,
   * null where it can't be told or has no listener.
   */
  readonly likelyWorkers: number | 'auto' | null;
  /** `added`: those made through the admin API; left out: which there are is not known. */
  resolve(added?: readonly AddedCertificate[]): ResolveResult;
}

/** `files` were read to get the document, the configuration first; they are watched with those it names. */
export function configurationOf(
  document: ConfigDocument,
  environment: Omit<ResolveEnvironment, 'added'>,
  files: readonly string[] = [],
): Configuration {
  const memory = new FileMemory();
  const resolveWith = (added: readonly AddedCertificate[] | null): ResolveResult => {
    const result = resolveConfig(document, { ...environment, memory, added });
    if (result.kind === 'invalid') return { ...result, files: [...files, ...result.files] };
    const watchedFiles = [...files, ...result.options.watchedFiles];
    return { ...result, options: { ...result.options, watchedFiles } };
  };
  // A start asks twice, and with thousands of certificates that would show.
  let alone: ResolveResult | null = null;
  return {
    likelyWorkers: likelyWorkers(document.value),
    resolve: (added) => {
      const isAlone = added === undefined || (added.length === 0 && !namesAdded(document.value));
      if (!isAlone) return resolveWith(added);
      alone ??= resolveWith(null);
      return alone;
    },
  };
}

/** A configuration that can't be used, whatever is beside it. */
export function unusableConfiguration(
  result: Extract<ResolveResult, { kind: 'invalid' }>,
): Configuration {
  return { likelyWorkers: null, resolve: () => result };
}

const MOST_LIKELY = 64;

function likelyWorkers(value: unknown): number | 'auto' | null {
  if (typeof value !== 'object' || value === null || !('listeners' in value)) return null;
  const workers: unknown = 'workers' in value ? value.workers : 'auto';
  if (workers === 'auto') return workers;
  const isLikely = typeof workers === 'number' && workers > 0 && workers <= MOST_LIKELY;
  return isLikely ? workers : null;
}

/** Whether an upstream is reached with a certificate of the admin API, of which there must be that one then. */
function namesAdded(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('upstreams' in value)) return false;
  return JSON.stringify(value.upstreams ?? null).includes('"client_cert_id"');
}
