import { readFile } from 'node:fs/promises';
import type { Authority } from '../ca/authority.ts';
import { authorityPaths, publishRevocationLists } from '../ca/authority-files.ts';
import { readCertificateFile, renewalTime, renewFiles } from '../ca/renewal.ts';
import type { Certificate } from '../pki/certificate.ts';
import { decodeLongPem } from '../pki/long-pem.ts';
import { PemError } from '../pki/pem.ts';
import { parseRevocationList, RevocationListError } from '../pki/revocation-list.ts';
import type { GatewayLog } from '../observability/log.ts';
import type { CertificateFiles } from './options.ts';

/** By how much of its life a certificate is renewed later than another of the same age, at most. */
const JITTER = 1 / 20;

/**
 * What an authority owes while a gateway runs: the gateway's certificates that it issued are renewed when
 * two thirds of their life are over, and its revocation lists published anew before the last third of
 * theirs. What was written is for the watch on the files to find.
 */
export class AuthorityUpkeep {
  readonly #dir: string;
  readonly #authority: Authority;
  readonly #log: GatewayLog;
  #isBusy = false;
  /** What went wrong and was told. */
  readonly #told = new Set<string>();

  constructor(dir: string, authority: Authority, log: GatewayLog) {
    this.#dir = dir;
    this.#authority = authority;
    this.#log = log;
  }

  /** Does what is due by now. Never rejects. */
  async run(certificates: readonly CertificateFiles[]): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (const files of certificates) {
      await this.#attempt(files.certificate, () => this.#renew(files));
    }
    await this.#attempt(this.#dir, () => this.#publish());
    this.#isBusy = false;
  }

  async #renew({ certificate: path, key: keyPath }: CertificateFiles): Promise<void> {
    const certificate = await readCertificateFile(path);
    const entry = this.#authority.journal?.find(certificate.serialNumber);
    if (entry?.fingerprint !== certificate.fingerprint || entry.revokedAt !== null) return;
    const now = Date.now();
    if (now < renewalTime(certificate) + jitterOf(certificate)) return;
    const options = { now, onlyDue: false, key: 'new', keyPath } as const;
    const { certificate: fresh } = await renewFiles(path, this.#authority, options);
    this.#log.certificateRenewed(path, fresh.serialNumber, fresh.notAfter);
  }

  async #publish(): Promise<void> {
    const now = Date.now();
    if (now < (await this.#publishAt())) return;
    const file = await publishRevocationLists(this.#dir, this.#authority, now);
    this.#log.revocationListPublished(file);
  }

  /** When two thirds of the list's life are over; 0: there is none that can be read. */
  async #publishAt(): Promise<number> {
    try {
      const file = await readFile(authorityPaths(this.#dir).revocationLists);
      const [own] = decodeLongPem(file, 'X509 CRL');
      if (own === undefined) return 0;
      const { thisUpdate, nextUpdate } = parseRevocationList(own);
      return nextUpdate === null ? 0 : thisUpdate + ((nextUpdate - thisUpdate) * 2) / 3;
    } catch (error) {
      if (error instanceof PemError || error instanceof RevocationListError) return 0;
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
      throw error;
    }
  }

  async #attempt(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const problem = `${what}: ${error instanceof Error ? error.message : String(error)}`;
      if (this.#told.has(problem)) return;
      this.#told.add(problem);
      this.#log.authorityUnusable(problem);
    }
  }
}

/** Another for each certificate, and the same whenever it is asked for; milliseconds. */
function jitterOf({ notBefore, notAfter, fingerprint }: Certificate): number {
  const share = Number.parseInt(fingerprint.slice(0, 8), 16) / 2 ** 32;
  return (notAfter - notBefore) * JITTER * share;
}
