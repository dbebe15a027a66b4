import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { AttachedAuthority } from '../admin/running-gateway.ts';
import type { Authority } from '../ca/authority.ts';
import { AuthorityError } from '../ca/authority-error.ts';
import {
  openAuthority,
  openTokenDesk,
  type PassphraseSource,
  type TokenDesk,
} from '../ca/authority-files.ts';
import { EnrolmentServer } from '../ca/enrolment-server.ts';
import { InvalidNameError } from '../ca/invalid-name.ts';
import { serverLeafNames } from '../ca/leaf-names.ts';
import type { GatewayLog } from '../observability/log.ts';
import { printNameForHeader } from '../pki/name.ts';
import { AuthorityUpkeep } from './authority-upkeep.ts';
import { bindAddress, type Bound } from './bind.ts';
import { clientNetwork } from './client-network.ts';
import type { Applied } from './gateway.ts';
import type { AuthorityOptions, GatewayOptions, ListenAddress } from './options.ts';
import type { GatewayHost } from './reload.ts';

/** How the passphrase of the authority's key is had. `mayAsk`: nothing works without it. */
export type Unlock = (passphraseFile: string | null, mayAsk: boolean) => PassphraseSource;

const UPKEEP_MS = 60_000;

/**
 * The authority that a configuration attaches, at work: it serves enrolment where `ca.listen` says, renews
 * the gateway's own certificates, and publishes revocation lists before they are due.
 */
export class AuthorityService implements GatewayHost {
  readonly #inner: GatewayHost;
  readonly #log: GatewayLog;
  readonly #unlock: Unlock;
  #working: Working | null = null;
  readonly #timer: NodeJS.Timeout;

  /** `inner` applies snapshots. */
  constructor(inner: GatewayHost, log: GatewayLog, unlock: Unlock) {
    this.#inner = inner;
    this.#log = log;
    this.#unlock = unlock;
    this.#timer = setInterval(() => this.#look(), UPKEEP_MS).unref();
  }

  /** What the enrolment listener listens on, such as `127.0.0.1:9444`; null: there is none. */
  get address(): string | null {
    return this.#working?.entrance?.bound.address ?? null;
  }

  /** What the admin API works with; null: no authority is attached. */
  get attached(): AttachedAuthority | null {
    if (this.#working === null) return null;
    const { options, authority, desk, problem } = this.#working;
    return { dir: options.dir, enrolmentAddress: this.address, authority, desk, problem };
  }

  /**
   * As of `inner`. Throws AuthorityError where enrolment is to be served and the authority can't be
   * opened, and BindError; nothing has changed then.
   */
  async apply(options: GatewayOptions, graceMs: number): Promise<Applied> {
    const old = this.#working;
    const { authority: wanted } = options;
    const next = wanted === null || isSame(old, wanted) ? null : await this.#open(wanted, old);
    let applied: Applied;
    try {
      applied = await this.#inner.apply(options, graceMs);
    } catch (error) {
      if (next !== null) close(next, old);
      throw error;
    }
    if (next !== null || wanted === null) {
      this.#working = next;
      if (next !== null && next.entrance !== null) next.entrance.server = next.server;
      if (old !== null) close(old, next);
    }
    if (wanted !== null && this.#working !== null) this.#working.options = wanted;
    this.#look();
    return applied;
  }

  close(): void {
    clearInterval(this.#timer);
    if (this.#working !== null) close(this.#working, null);
    this.#working = null;
  }

  #look(): void {
    const working = this.#working;
    if (working === null || working.upkeep === null) return;
    void working.upkeep.run(working.options.certificates);
    working.server?.upkeep().catch((error: unknown) => this.#fault(error));
  }

  #fault(error: unknown): void {
    this.#log.fault('authority', error instanceof Error ? error : new Error(String(error)));
  }

  async #open(options: AuthorityOptions, old: Working | null): Promise<Working> {
    const { dir, listen } = options;
    const opened = await this.#openAuthority(options);
    const { authority } = opened;
    const upkeep = authority === null ? null : new AuthorityUpkeep(dir, authority, this.#log);
    const idle = { ...opened, options, upkeep, server: null, entrance: null };
    if (authority === null || listen === null) return idle;
    const names = namesOf(options, listen);
    const server = await EnrolmentServer.create({
      authority,
      dir,
      names,
      networkOf: clientNetwork,
      now: Date.now,
      events: {
        issued: ({ serialNumber, subject, notAfter }, by, remoteAddress) => {
          const name = printNameForHeader(subject);
          this.#log.enrolled({ serialNumber, subject: name, notAfter, by, remoteAddress });
        },
        refused: (cause, detail, remoteAddress) =>
          this.#log.enrolmentRefused(cause, detail, remoteAddress),
        fault: (error) => this.#fault(error),
      },
    });
    const isThere = old?.entrance !== null && isDeepStrictEqual(old?.options.listen, listen);
    const entrance = (isThere ? old?.entrance : null) ?? (await enter(listen, server));
    authority.journal?.tokens.noteUrl(options.url ?? urlOf(names[0], entrance.bound.address));
    return { ...idle, server, entrance };
  }

  /** Where its key can't be had, that is told, unless enrolment is to be served. */
  async #openAuthority(
    options: AuthorityOptions,
  ): Promise<Pick<Working, 'authority' | 'desk' | 'problem'>> {
    const { dir, listen, passphraseFile } = options;
    try {
      const authority = await openAuthority(dir, this.#unlock(passphraseFile, listen !== null));
      const { root, issuing, profiles, journal } = authority;
      const desk = journal === null ? null : { root, issuing, profiles, journal };
      return { authority, desk, problem: null };
    } catch (error) {
      if (listen !== null || !(error instanceof Error)) throw error;
      this.#log.authorityUnusable(
        `${error.message}: certificates are not renewed, and revocation lists not published, by this gateway`,
      );
      return { authority: null, desk: await deskIn(dir), problem: problemOf(error) };
    }
  }
}

/** An authority at work. */
interface Working {
  options: AuthorityOptions;
  /** null: its key can't be had, and `problem` says why. */
  readonly authority: Authority | null;
  readonly problem: AttachedAuthority['problem'];
  /** What can be done without the key; null: that can't be read either. */
  readonly desk: TokenDesk | null;
  readonly upkeep: AuthorityUpkeep | null;
  readonly server: EnrolmentServer | null;
  readonly entrance: Entrance | null;
}

function problemOf(error: Error): AttachedAuthority['problem'] {
  const code = error instanceof AuthorityError ? error.code : null;
  const isLocked = code === 'locked' || code === 'wrong-passphrase';
  return { isLocked, detail: error.message };
}

async function deskIn(dir: string): Promise<TokenDesk | null> {
  try {
    return await openTokenDesk(dir);
  } catch (error) {
    if (error instanceof AuthorityError) return null;
    throw error;
  }
}

/** The sockets that listen, and who gets their connections. */
interface Entrance {
  readonly bound: Bound;
  server: EnrolmentServer | null;
}

async function enter(listen: ListenAddress, server: EnrolmentServer): Promise<Entrance> {
  const taker: { server: EnrolmentServer | null } = { server };
  const bound = await bindAddress(listen, (raw) => taker.server?.accept(raw.toSocket()), 'alone');
  return Object.assign(taker, { bound });
}

function isSame(old: Working | null, wanted: AuthorityOptions): boolean {
  if (old === null) return false;
  return isDeepStrictEqual({ ...old.options, certificates: [] }, { ...wanted, certificates: [] });
}

/** Leaves alone what `other` goes on with. */
function close(working: Working, other: Working | null): void {
  working.server?.close();
  working.desk?.journal.close();
  if (working.entrance === null || working.entrance === other?.entrance) return;
  for (const server of working.entrance.bound.servers) server.close();
}

const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1'];

/** What clients may call the listener: as configured, or the address itself, or this machine's name. */
function namesOf({ names }: AuthorityOptions, listen: ListenAddress): readonly string[] {
  if (names.length > 0) return names;
  const host = listen.kind === 'tcp' ? listen.host : 'localhost';
  if (host === null || host === '::' || host === '0.0.0.0') {
    return [...usable(hostname()), ...LOCAL_NAMES];
  }
  return LOCAL_NAMES.includes(host) ? LOCAL_NAMES : [host];
}

function usable(name: string): string[] {
  try {
    serverLeafNames([name]);
    return [name];
  } catch (error) {
    if (error instanceof InvalidNameError || error instanceof AuthorityError) return [];
    throw error;
  }
}

function urlOf(name: string, address: string): string {
  const port = address.slice(address.lastIndexOf(':') + 1);
  return `https://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
