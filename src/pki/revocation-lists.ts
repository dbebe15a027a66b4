import type { Certificate } from './certificate.ts';
import { nameInDetail, timeInDetail } from './peer-cause.ts';
import type { RevocationFault, RevocationSource } from './revocation.ts';
import { type RevocationList, RevocationListError } from './revocation-list.ts';
import { isSignedBy } from './signature.ts';

/** Keys of issuers of one name that are remembered for a list. */
const MAX_TRIED = 16;

export interface RevocationListOptions {
  /**
   * How long after its nextUpdate a list is still relied on, in milliseconds. Default 0; Infinity: for
   * ever. A list that is out of date still revokes what it names.
   */
  readonly graceMs?: number;
  /**
   * Whose issuer must have a list: `leaf` (default), every certificate on the `path`, or `none`. Where
   * one is missing, its certificates count as `crl-stale`.
   */
  readonly required?: 'leaf' | 'path' | 'none';
}

/**
 * What revocation lists say of certificates (RFC 5280 section 6.3): a list counts for a certificate where
 * its issuer has the name, the key identifier and the key that signed the list, and may sign lists;
 * of several the newest. Signatures are verified once for each list and issuer.
 */
export class RevocationLists implements RevocationSource {
  readonly lists: readonly RevocationList[];
  readonly #graceMs: number;
  readonly #required: 'leaf' | 'path' | 'none';
  /** Newest first. */
  readonly #byIssuer = new Map<string, RevocationList[]>();
  /** By list, the keys that were tried on it. */
  readonly #signers = new Map<RevocationList, Map<string, boolean>>();

  /** Throws RevocationListError for a list that can't be used: delta, indirect, of some reasons only. */
  constructor(lists: readonly RevocationList[], options: RevocationListOptions = {}) {
    this.lists = lists;
    this.#graceMs = options.graceMs ?? 0;
    this.#required = options.required ?? 'leaf';
    for (const list of lists.toSorted((a, b) => b.thisUpdate - a.thisUpdate)) {
      if (list.obstacle !== null) {
        throw new RevocationListError(
          `the revocation list of ${nameInDetail(list.issuer)} is ${list.obstacle}`,
        );
      }
      const others = this.#byIssuer.get(list.canonicalIssuer);
      if (others === undefined) this.#byIssuer.set(list.canonicalIssuer, [list]);
      else others.push(list);
    }
  }

  /**
   * Verifies the signatures of the lists of these issuers now, instead of when their first client comes:
   * a long list takes a tenth of a second.
   */
  prepare(issuers: readonly Certificate[]): void {
    for (const issuer of issuers) {
      for (const list of this.#byIssuer.get(issuer.canonicalSubject) ?? []) {
        this.#isBy(list, issuer);
      }
    }
  }

  check(certificate: Certificate, issuer: Certificate, at: number): RevocationFault | null {
    const list = this.#listFor(certificate, issuer, at);
    if (list === null) return this.#missing(certificate, issuer);
    const entry = list.find(certificate);
    if (entry !== null && entry.reason !== 'removeFromCRL') {
      const detail = `on ${timeInDetail(entry.revokedAt)}, reason ${entry.reason}`;
      return { code: 'revoked', detail };
    }
    if (list.nextUpdate === null || at < list.nextUpdate + 1000 + this.#graceMs) return null;
    const detail = `the next one was due at ${timeInDetail(list.nextUpdate)}, it is ${timeInDetail(at)}`;
    return { code: 'crl-stale', detail };
  }

  #listFor(certificate: Certificate, issuer: Certificate, at: number): RevocationList | null {
    const { keyUsage } = issuer.extensions;
    if (keyUsage !== null && !keyUsage.includes('cRLSign')) return null;
    for (const list of this.#byIssuer.get(issuer.canonicalSubject) ?? []) {
      if (list.thisUpdate <= at && list.covers(certificate) && this.#isBy(list, issuer)) {
        return list;
      }
    }
    return null;
  }

  #isBy(list: RevocationList, issuer: Certificate): boolean {
    const own = issuer.extensions.subjectKeyIdentifier;
    const named = list.authorityKeyIdentifier;
    if (own !== null && named !== null && !own.equals(named)) return false;
    let tried = this.#signers.get(list);
    if (tried === undefined) this.#signers.set(list, (tried = new Map()));
    const known = tried.get(issuer.spkiPin);
    if (known !== undefined) return known;
    const isBy = isSignedBy(list, issuer);
    if (tried.size >= MAX_TRIED) tried.clear();
    tried.set(issuer.spkiPin, isBy);
    return isBy;
  }

  #missing(certificate: Certificate, issuer: Certificate): RevocationFault | null {
    const isLeaf = certificate.extensions.basicConstraints?.ca !== true;
    if (this.#required === 'none' || (this.#required === 'leaf' && !isLeaf)) return null;
    const detail = `there is no list by ${nameInDetail(issuer.subject)} that holds for it`;
    return { code: 'crl-stale', detail };
  }
}
