import { randomBytes } from 'node:crypto';
import { addedPlace } from '../config/added-certificates.ts';
import { certificateNames } from '../config/certificate-warnings.ts';
import { parseServerName } from '../config/patterns.ts';
import { type ConfigProblem, printPath } from '../config/problem.ts';
import type { ResolveResult } from '../config/resolve.ts';
import type { Certificate } from '../pki/certificate.ts';
import {
  type CertificateCreation,
  certificateReplacement,
  type CertificateReplacement,
} from './api/certificate-schemas.ts';
import { shaped } from './api/field-errors.ts';
import { mergePatch } from './api/merge-patch.ts';
import type { Caller } from './api/operation.ts';
import { factsOf } from './certificate-facts.ts';
import { type FieldError, readMaterial } from './certificate-material.ts';
import type { AuditEntry } from './audit-entry.ts';
import type {
  CertificateSettings,
  CertificateStore,
  StoredCertificate,
} from './certificate-store.ts';
import type { LiveSnapshot } from './running-gateway.ts';

/** What became of a change. */
export type ChangeOutcome =
  | { readonly kind: 'done'; readonly certificate: StoredCertificate }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] }
  | { readonly kind: 'conflict'; readonly detail: string; readonly errors: readonly FieldError[] }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'stale' };

/** What a certificate is to be, as a request has it. */
type Wish = Omit<CertificateCreation, 'id'>;

/**
 * Changes the certificates made through the API, one change after the other: each is checked, with
 * everything else that is served, then stored, then served by every worker, and only then done.
 */
export class CertificateRegistry {
  readonly #store: CertificateStore;
  readonly #live: LiveSnapshot;
  readonly #now: () => number;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(store: CertificateStore, live: LiveSnapshot, now: () => number = Date.now) {
    this.#store = store;
    this.#live = live;
    this.#now = now;
  }

  /**
   * `notes` are kept with its warnings. Rejects where it could not be served: nothing has changed then.
   */
  create(
    { id, ...wish }: CertificateCreation,
    caller: Caller,
    notes: readonly string[] = [],
  ): Promise<ChangeOutcome> {
    return this.#afterOthers(async () => {
      const own = id ?? this.#freshId();
      if (this.#store.get(own) !== null) {
        const errors = [{ path: 'id', message: 'is taken' }];
        return { kind: 'conflict', detail: `id: ${own} is taken`, errors };
      }
      return this.#put(own, null, wish, caller, 'create', notes);
    });
  }

  /** `isCurrent`: whether a version is the one that the client has seen. */
  replace(
    id: string,
    wish: CertificateReplacement,
    isCurrent: (version: number) => boolean,
    caller: Caller,
  ): Promise<ChangeOutcome> {
    return this.#withCurrent(id, isCurrent, (old) => {
      return this.#put(old.id, old, { ...wish, key: wish.key ?? old.key }, caller, 'replace');
    });
  }

  /** The same for a JSON merge patch of what `replace` takes. */
  patch(
    id: string,
    patch: unknown,
    isCurrent: (version: number) => boolean,
    caller: Caller,
  ): Promise<ChangeOutcome> {
    return this.#withCurrent(id, isCurrent, async (old) => {
      const wish = shaped(certificateReplacement, mergePatch(wishOf(old), patch));
      if ('errors' in wish) return { kind: 'invalid', errors: wish.errors };
      const { value } = wish;
      return this.#put(old.id, old, { ...value, key: value.key ?? old.key }, caller, 'patch');
    });
  }

  /** The same for its removal. */
  delete(
    id: string,
    isCurrent: (version: number) => boolean,
    caller: Caller,
  ): Promise<ChangeOutcome> {
    return this.#withCurrent(id, isCurrent, async (old) => {
      const audit = this.#audit(caller, 'delete', id, old.facts.snis);
      const outcome = await this.#apply(id, old, null, () => this.#store.delete(id, audit));
      return outcome ?? { kind: 'deleted' };
    });
  }

  #withCurrent(
    id: string,
    isCurrent: (version: number) => boolean,
    act: (old: StoredCertificate) => Promise<ChangeOutcome>,
  ): Promise<ChangeOutcome> {
    return this.#afterOthers(async () => {
      const old = this.#store.get(id);
      if (old === null) return { kind: 'not-found' };
      return isCurrent(old.version) ? act(old) : { kind: 'stale' };
    });
  }

  async #put(
    id: string,
    old: StoredCertificate | null,
    wish: Wish,
    caller: Caller,
    action: AuditEntry['action'],
    origin: readonly string[] = [],
  ): Promise<ChangeOutcome> {
    const now = this.#now();
    const { certificate, key, passphrase = null } = wish;
    const material = readMaterial(certificate, key, passphrase, now);
    if (material.kind === 'refused') return { kind: 'invalid', errors: material.errors };
    const names = namesFor(wish, material.chain[0]);
    if ('errors' in names) return { kind: 'invalid', errors: names.errors };
    const taken = wish.status === 'enabled' ? this.#taken(id, names.snis) : [];
    if (taken.length > 0) {
      return { kind: 'conflict', detail: taken[0]?.message ?? '', errors: taken };
    }
    const notes = [...origin, ...material.notes];
    const next: StoredCertificate = {
      id,
      version: (old?.version ?? 0) + 1,
      type: wish.type,
      status: wish.status,
      certificate: material.certificatePem,
      key: material.keyPem,
      settings: settingsOf(wish),
      facts: factsOf(material.chain, names.snis, notes),
      createdAt: old?.createdAt ?? now,
      updatedAt: now,
    };
    const audit = this.#audit(caller, action, id, names.snis);
    let stored = next;
    const outcome = await this.#apply(id, old, next, (warnings) => {
      const facts = { ...next.facts, warnings: [...notes, ...warnings] };
      stored = { ...next, facts };
      this.#store.put(stored, audit);
    });
    return outcome ?? { kind: 'done', certificate: stored };
  }

  /** null: `next` is stored and served. */
  async #apply(
    id: string,
    old: StoredCertificate | null,
    next: StoredCertificate | null,
    store: (warnings: readonly string[]) => void,
  ): Promise<ChangeOutcome | null> {
    const before = this.#store.added;
    let result: ResolveResult;
    try {
      result = await this.#live.change(this.#store.addedWith(id, next), ({ warnings }) =>
        store(warnings.flatMap((warning) => ownMessage(warning, id) ?? [])),
      );
    } catch (error) {
      if (old === null) this.#store.delete(id, null);
      else this.#store.put(old, null);
      await this.#live.change(before, () => {}).catch(() => {});
      throw error;
    }
    return result.kind === 'resolved' ? null : refusal(result.errors, id);
  }

  /** Which of the names others answer to already. */
  #taken(id: string, snis: readonly string[]): FieldError[] {
    const owners = new Map<string, string>();
    for (const listener of this.#live.options?.listeners ?? []) {
      if (listener.protocol !== 'https') continue;
      for (const { name, snis: own } of listener.tls.certificates) {
        if (name !== id) for (const sni of own) owners.set(sni, name);
      }
    }
    for (const other of this.#store.all) {
      if (other.id === id || other.type !== 'server' || other.status !== 'enabled') continue;
      for (const sni of other.facts.snis) owners.set(sni, other.id);
    }
    return snis.flatMap((sni) => {
      const owner = owners.get(sni);
      const message = `${sni} is served by the certificate ${owner} already: one server name has one certificate`;
      return owner === undefined ? [] : [{ path: 'snis', message }];
    });
  }

  #audit(
    { who, address }: Caller,
    action: AuditEntry['action'],
    target: string,
    snis: readonly string[],
  ): AuditEntry {
    const detail = snis.slice(0, 10).join(', ');
    return { at: this.#now(), who, address, action, target, detail };
  }

  #freshId(): string {
    for (;;) {
      const id = randomBytes(8).toString('hex');
      if (this.#store.get(id) === null) return id;
    }
  }

  #afterOthers(act: () => Promise<ChangeOutcome>): Promise<ChangeOutcome> {
    const outcome = this.#queue.then(act);
    this.#queue = outcome.catch(() => {});
    return outcome;
  }
}

/** The server names, as they are compared. */
function namesFor(
  { type, snis }: Wish,
  leaf: Certificate,
): { readonly snis: string[] } | { readonly errors: FieldError[] } {
  if (type === 'client') {
    if (snis === undefined || snis === null) return { snis: [] };
    return { errors: [{ path: 'snis', message: 'has no meaning for a client certificate' }] };
  }
  const errors: FieldError[] = [];
  const names = (snis ?? certificateNames(leaf)).flatMap((text, index) => {
    const result = parseServerName(text);
    if (result.kind === 'pattern') return [result.pattern];
    if (Array.isArray(snis)) errors.push({ path: `snis[${index}]`, message: result.message });
    return [];
  });
  if (errors.length > 0) return { errors };
  if (names.length > 0) return { snis: [...new Set(names)] };
  const message = 'the certificate names no server: say by snis which names it is for';
  return { errors: [{ path: 'snis', message }] };
}

function settingsOf(wish: Wish): CertificateSettings {
  const { snis = null, client = null, min_version: minVersion, labels } = wish;
  return {
    snis,
    client: client === null ? null : { ...client, ca: client.ca ?? null },
    min_version: minVersion,
    labels,
  };
}

/** As a request would have asked for it. */
function wishOf({ type, status, certificate, settings }: StoredCertificate): object {
  const { snis, client, min_version, labels } = settings;
  return {
    type,
    status,
    certificate,
    min_version,
    labels,
    ...(snis === null ? {} : { snis }),
    ...(client === null ? {} : { client }),
  };
}

/** What the configuration calls by another name. */
const FIELDS: Readonly<Record<string, string>> = {
  cert: 'certificate',
  cert_file: 'certificate',
  ca: 'client.ca',
  ca_file: 'client.ca',
  verify: 'client.verify',
  verify_and_map: 'client.verify_and_map',
  depth: 'client.depth',
  skip_paths: 'client.skip_paths',
  pinned_certs: 'client.pinned_certs',
};

function refusal(problems: readonly ConfigProblem[], id: string): ChangeOutcome {
  const own = problems.flatMap((problem) => {
    const message = ownMessage(problem, id);
    if (message === null) return [];
    const [key, ...rest] = addedPlace(problem)?.path ?? [];
    const field = key === undefined ? '' : (FIELDS[String(key)] ?? String(key));
    return [{ path: field + printPath(rest), message }];
  });
  if (own.length > 0) return { kind: 'invalid', errors: own };
  const errors = problems.map(({ path = [], message }) => {
    return { path: '', message: `in the configuration: ${path.length === 0 ? '' : message}` };
  });
  const detail = errors[0]?.message ?? 'the configuration as a whole would not hold';
  return { kind: 'conflict', detail, errors };
}

/** A problem's message without its place; null: it is about something else. */
function ownMessage(problem: ConfigProblem, id: string): string | null {
  if (addedPlace(problem)?.id !== id) return null;
  return problem.message.slice(printPath(problem.path ?? []).length + ': '.length);
}
