import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { type AuthorityJournal, openAuthorityJournal } from '../ca/authority-files.ts';
import type { GatewayLog } from '../observability/log.ts';
import {
  LiveRevocations,
  type RevocationNews,
  type RevokedCertificate,
} from '../tls/live-revocations.ts';
import type { Applied } from './gateway.ts';
import type { AuthorityOptions, GatewayOptions } from './options.ts';
import type { GatewayHost } from './reload.ts';

/** For file systems that report nothing. */
const POLL_MS = 10_000;

/** What serves connections and acts on revocations. */
export interface RevokingHost extends GatewayHost {
  /** Refuses these certificates from now on, and resolves with how many of their connections were closed. */
  revoke(news: RevocationNews): Promise<number>;
}

/**
 * Follows the journal of the authority that a configuration attaches: what is revoked in it is refused by
 * every worker at once. It is read before the first connection is accepted.
 */
export class AuthorityWatch implements GatewayHost {
  readonly #host: RevokingHost;
  readonly #inner: GatewayHost;
  readonly #log: GatewayLog;
  #followed: Followed | null = null;

  /** `inner` applies snapshots, once the journal of their authority is known to `host`. */
  constructor(host: RevokingHost, inner: GatewayHost, log: GatewayLog) {
    this.#host = host;
    this.#inner = inner;
    this.#log = log;
  }

  /** As of the host. Throws AuthorityError where the authority's journal can't be read: nothing has changed then. */
  async apply(options: GatewayOptions, graceMs: number): Promise<Applied> {
    const old = this.#followed;
    const next = await this.#turnTo(options.authority);
    let applied: Applied;
    try {
      applied = await this.#inner.apply(options, graceMs);
    } catch (error) {
      if (next !== old) next?.close();
      throw error;
    }
    if (next !== old) {
      this.#followed = next;
      // What it revoked stays revoked.
      old?.close();
    }
    return applied;
  }

  /**
   * Has what was revoked by now refused, before the watch on the files finds it. Resolves with how many
   * connections were closed for it, when they are. Never rejects.
   */
  async look(): Promise<number> {
    return this.#followed === null ? 0 : this.#look(this.#followed);
  }

  close(): void {
    this.#followed?.close();
    this.#followed = null;
  }

  /** Who is to be followed under new options: already told to the host, and at work. */
  async #turnTo(wanted: AuthorityOptions | null): Promise<Followed | null> {
    if (wanted === null) return null;
    if (this.#followed?.isOf(wanted) === true) return this.#followed;
    const followed = new Followed(wanted, await openAuthorityJournal(wanted.dir));
    await this.#host.revoke(followed.news(Date.now()));
    followed.begin(() => void this.#look(followed));
    return followed;
  }

  async #look(followed: Followed): Promise<number> {
    try {
      const news = followed.news(Date.now());
      if (news.revoked.length === 0) return 0;
      const closed = await this.#host.revoke(news);
      for (const { serialNumber, reason } of news.revoked) {
        this.#log.revoked(serialNumber, reason, news.revoked.length === 1 ? closed : null);
      }
      return closed;
    } catch (error) {
      this.#log.fault('authority', error instanceof Error ? error : new Error(String(error)));
      return 0;
    }
  }
}

/** What the authority in `dir` has revoked by now; null: there is none, and nothing is. Throws AuthorityError. */
export async function readRevocations(dir: string | null): Promise<LiveRevocations> {
  const revocations = new LiveRevocations();
  if (dir === null) return revocations;
  const followed = new Followed({ dir, issuing: null }, await openAuthorityJournal(dir));
  revocations.learn(followed.news(Date.now()));
  followed.close();
  return revocations;
}

type AuthorityPlace = Pick<AuthorityOptions, 'dir' | 'issuing'>;

/** An authority's journal, and what of it is known already. */
class Followed {
  readonly #place: AuthorityPlace;
  readonly #authority: AuthorityJournal;
  /** Serial numbers of all that was revoked. */
  readonly #known = new Set<string>();
  #watcher: FSWatcher | null = null;
  #poll: NodeJS.Timeout | null = null;

  constructor(place: AuthorityPlace, authority: AuthorityJournal) {
    this.#place = place;
    this.#authority = authority;
  }

  isOf({ dir, issuing }: AuthorityPlace): boolean {
    return this.#place.dir === dir && this.#place.issuing === issuing;
  }

  /** What was revoked since this was asked the last time, and has not expired. */
  news(now: number): RevocationNews {
    const { issuing, journal } = this.#authority;
    const revoked: RevokedCertificate[] = [];
    let missing = journal.countRevoked() - this.#known.size;
    if (missing > 0) {
      for (const { serialNumber, notAfter, revokedAt, reason } of journal.latestRevoked()) {
        if (this.#known.has(serialNumber)) continue;
        this.#known.add(serialNumber);
        if (notAfter >= now) revoked.push({ serialNumber, revokedAt, reason });
        if (--missing === 0) break;
      }
    }
    return { issuer: issuing.spkiPin, revoked: revoked.toReversed() };
  }

  /** Every write to the journal calls `look`, and the clock does. */
  begin(look: () => void): void {
    this.#poll = setInterval(look, POLL_MS).unref();
    try {
      this.#watcher = watch(join(this.#place.dir, 'ca'), { persistent: false }, (_, file) => {
        if (file?.startsWith('journal.db') !== false) look();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // The poll finds out as well.
    }
  }

  close(): void {
    if (this.#poll !== null) clearInterval(this.#poll);
    this.#watcher?.close();
    this.#authority.journal.close();
  }
}
