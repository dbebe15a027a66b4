import { hash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { decodeLongPem } from '../pki/long-pem.ts';
import { parseRevocationList } from '../pki/revocation-list.ts';
import { authorityPaths } from './authority-files.ts';

/** A file of the authority that is for everybody. */
export interface PublishedFile {
  readonly bytes: Buffer;
  readonly type: string;
  /** Strong, in quotes (RFC 9110 section 8.8.3). */
  readonly etag: string;
  /** When it was written; milliseconds since the epoch. */
  readonly writtenAt: number;
  /** When the next one is there at the latest; null: it does not say. Milliseconds since the epoch. */
  readonly nextUpdate: number | null;
}

const PEM_TYPE = 'application/x-pem-file';
const LIST_TYPE = 'application/pkix-crl';

/**
 * What everybody may fetch from the authority in `dir`: `/ca.crt`, its trust anchors; `/ca.crl`, its
 * revocation lists as they lie there; `/issuing.crl` and `/root.crl`, each list alone, DER (RFC 2585).
 */
export class PublishedFiles {
  readonly #anchors: string;
  readonly #lists: string;
  /** By URL path; read again when the file is another. */
  #kept = new Map<string, { readonly state: string; readonly file: PublishedFile }>();

  constructor(dir: string) {
    const { anchors, revocationLists } = authorityPaths(dir);
    this.#anchors = anchors;
    this.#lists = revocationLists;
  }

  /** null: nothing is published under that path. */
  async find(path: string): Promise<PublishedFile | null> {
    const read = READERS[path];
    if (read === undefined) return null;
    const source = path === '/ca.crt' ? this.#anchors : this.#lists;
    const { mtimeMs, size, ino } = await stat(source);
    const state = `${ino} ${size} ${mtimeMs}`;
    const kept = this.#kept.get(path);
    if (kept?.state === state) return kept.file;
    const found = read(await readFile(source));
    if (found === null) return null;
    const etag = `"${hash('sha256', found.bytes, 'hex').slice(0, 32)}"`;
    const file = { ...found, etag, writtenAt: mtimeMs };
    this.#kept.set(path, { state, file });
    return file;
  }
}

type Reader = (source: Buffer) => Omit<PublishedFile, 'etag' | 'writtenAt'> | null;

const READERS: Readonly<Record<string, Reader | undefined>> = {
  '/ca.crt': (bytes) => ({ bytes, type: PEM_TYPE, nextUpdate: null }),
  '/ca.crl': (bytes) => {
    const times = listsOf(bytes).flatMap((list) => parseRevocationList(list).nextUpdate ?? []);
    return { bytes, type: PEM_TYPE, nextUpdate: times.length === 0 ? null : Math.min(...times) };
  },
  '/issuing.crl': (bytes) => listAt(bytes, 0),
  '/root.crl': (bytes) => listAt(bytes, 1),
};

function listAt(source: Buffer, index: number): ReturnType<Reader> {
  const bytes = listsOf(source)[index];
  if (bytes === undefined) return null;
  return { bytes, type: LIST_TYPE, nextUpdate: parseRevocationList(bytes).nextUpdate };
}

function listsOf(source: Buffer): Buffer[] {
  return decodeLongPem(source, 'X509 CRL');
}
