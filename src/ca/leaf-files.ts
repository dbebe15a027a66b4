import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Certificate } from '../pki/certificate.ts';
import { encodePrivateKey } from '../pki/keys.ts';
import { encodePem } from '../pki/pem.ts';
import { type ExistingFiles, type PlannedFile, writeFileSet } from '../store/file-set.ts';
import { fileNameFor } from './file-name.ts';

/** The files of one name in a folder. */
export interface LeafPaths {
  readonly certificate: string;
  readonly key: string;
  readonly request: string;
}

/** Where the files of `name` lie in `dir`, by the rule of fileNameFor. Throws InvalidNameError. */
export function leafPaths(dir: string, name: string): LeafPaths {
  const stem = join(dir, fileNameFor(name));
  return { certificate: `${stem}.crt`, key: `${stem}.key`, request: `${stem}.csr` };
}

/**
 * Writes a chain, and its key where it was made here, as files that belong together: all or none.
 * `further` are written with them. Throws FileExistsError where a file exists that isn't to be
 * replaced.
 */
export async function writeLeaf(
  paths: LeafPaths,
  leaf: { readonly chain: readonly Certificate[]; readonly key: KeyObject | null },
  existing: ExistingFiles,
  further: readonly PlannedFile[] = [],
): Promise<void> {
  const files: PlannedFile[] = [];
  if (leaf.key !== null) files.push(keyFile(paths.key, leaf.key));
  files.push({ path: paths.certificate, contents: encodeChain(leaf.chain), mode: 0o644 });
  await writeFileSet([...files, ...further], existing);
}

/** Writes a key and the request made with it. Throws as writeLeaf. */
export async function writeRequest(
  paths: LeafPaths,
  key: KeyObject,
  request: Buffer,
  existing: ExistingFiles,
): Promise<void> {
  const contents = encodePem('CERTIFICATE REQUEST', request);
  await writeFileSet(
    [keyFile(paths.key, key), { path: paths.request, contents, mode: 0o644 }],
    existing,
  );
}

/** A chain as PEM, leaf first. */
export function encodeChain(chain: readonly Certificate[]): string {
  return chain.map((certificate) => encodePem('CERTIFICATE', certificate.der)).join('');
}

function keyFile(path: string, key: KeyObject): PlannedFile {
  return { path, contents: encodePrivateKey(key), mode: 0o600 };
}
