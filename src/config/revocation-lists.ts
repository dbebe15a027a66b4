import { printNameForHeader } from '../pki/name.ts';
import { PemError } from '../pki/pem.ts';
import {
  parseRevocationLists,
  type RevocationList,
  RevocationListError,
} from '../pki/revocation-list.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';

/** The revocation lists that clients are held against, as configured. */
export interface ClientRevocationLists {
  /** The files as they are, PEM or DER. Empty: revocation is not checked by list. */
  readonly files: readonly Uint8Array[];
  /** The absolute paths of the files. */
  readonly paths: ReadonlySet<string>;
  /** How long after its nextUpdate a list is relied on, milliseconds; Infinity: for ever. */
  readonly graceMs: number;
}

export const NO_LISTS: ClientRevocationLists = { files: [], paths: new Set(), graceMs: 0 };

/** Reads the files of `crl_file`. Problems are reported at `at`; a list that can't be read is an error. */
export function readRevocationLists(
  names: readonly string[],
  graceMs: number,
  at: ConfigPath,
  context: ResolveContext,
): ClientRevocationLists {
  const files: Uint8Array[] = [];
  const paths = new Set<string>();
  for (const name of names) {
    const bytes = context.files.readBytes(name, at);
    if (bytes === null) continue;
    const path = context.files.absolute(name);
    paths.add(path);
    const lists = parse(bytes, path, at, context);
    if (lists === null) continue;
    files.push(bytes);
    for (const list of lists) warnOfList(list, path, graceMs, at, context);
  }
  return { files, paths, graceMs };
}

function parse(
  bytes: Uint8Array,
  path: string,
  at: ConfigPath,
  { report }: ResolveContext,
): readonly RevocationList[] | null {
  try {
    const lists = parseRevocationLists(bytes);
    const useless = lists.find(({ obstacle }) => obstacle !== null);
    if (useless === undefined) return lists;
    report.error(at, `${path}: the list of ${nameOf(useless)} is ${useless.obstacle}`);
  } catch (error) {
    if (!(error instanceof PemError || error instanceof RevocationListError)) throw error;
    report.error(at, `${path}: ${error.message}`);
  }
  return null;
}

function warnOfList(
  list: RevocationList,
  path: string,
  graceMs: number,
  at: ConfigPath,
  { report, now }: ResolveContext,
): void {
  const { nextUpdate } = list;
  if (nextUpdate !== null && nextUpdate < now) {
    const due = new Date(nextUpdate).toISOString().slice(0, 16).replace('T', ' ');
    const meaning =
      now < nextUpdate + graceMs
        ? 'it is relied on for the grace of crl_stale'
        : 'the clients of that issuer are refused; get the new one, or say by crl_stale what it means';
    report.warning(
      at,
      `${path}: the list of ${nameOf(list)} is out of date since ${due}Z: ${meaning}`,
    );
  }
  if (list.thisUpdate > now) {
    report.warning(at, `${path}: the list of ${nameOf(list)} holds only from a later time on`);
  }
}

function nameOf({ issuer }: RevocationList): string {
  return printNameForHeader(issuer);
}
