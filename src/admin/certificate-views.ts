import { createHash } from 'node:crypto';
import { parseCertificates } from '../config/trust-bundle.ts';
import type { GatewayOptions, ListenerOptions } from '../gateway/options.ts';
import type { Certificate } from '../pki/certificate.ts';
import type { ServerTlsOptions } from '../tls/options.ts';
import { type ListedCertificate, searchedText } from './api/certificate-list.ts';
import type { CertificateSummary, CertificateView } from './api/certificate-schemas.ts';
import { type CertificateFacts, factsOf } from './certificate-facts.ts';
import type { CertificateStore, StoredCertificate } from './certificate-store.ts';

/** Of reading ahead: longer would be felt by connections that wait, in a gateway of one process. */
const READ_AHEAD_MS = 3;
const READ_AHEAD_PAUSE_MS = 6;

const OF_FILE = { type: 'server', status: 'enabled', source: 'file', labels: {} } as const;

/** A certificate that the configuration defines. */
interface FileCertificate {
  readonly id: string;
  readonly tls: ServerTlsOptions;
  readonly listeners: string[];
  readonly isDefault: boolean;
  readonly skipPaths: readonly string[];
}

/** Every certificate there is, those of the file and those made through the API, as the API tells of them. */
export class CertificateViews {
  readonly #store: CertificateStore;
  #options: GatewayOptions | null = null;
  /** Of those made through the API; anew with each snapshot. */
  #listed = new WeakMap<StoredCertificate, ListedCertificate>();
  #files: ReadonlyMap<string, FileCertificate> = new Map();
  #listedFiles: readonly ListedCertificate[] = [];
  /** Listeners by the id of a certificate made through the API. */
  #listeners: ReadonlyMap<string, readonly string[]> = new Map();
  /** By the PEM text of the chain: a change of options makes new objects of most. */
  #facts = new Map<string, CertificateFacts>();

  constructor(store: CertificateStore) {
    this.#store = store;
  }

  /**
   * Reads ahead what a search or an order needs of the file's certificates, a little at a time, so that
   * nobody waits for ten thousand of them.
   */
  readAhead(options: GatewayOptions): void {
    this.#look(options);
    const files = this.#files.values();
    const readSome = (): void => {
      const begun = performance.now();
      while (this.#options === options && performance.now() - begun < READ_AHEAD_MS) {
        const { value: file } = files.next();
        if (file === undefined) return;
        this.#factsOf(file.tls);
      }
      if (this.#options === options) setTimeout(readSome, READ_AHEAD_PAUSE_MS).unref();
    };
    setTimeout(readSome, READ_AHEAD_PAUSE_MS).unref();
  }

  /** Those of the file first, as they stand there. */
  list(options: GatewayOptions): ListedCertificate[] {
    this.#look(options);
    return [
      ...this.#listedFiles,
      ...Array.from(this.#store.all, (certificate) => this.#listedStored(certificate)),
    ];
  }

  /** null: there is none of this id. */
  find(id: string, options: GatewayOptions): CertificateView | null {
    this.#look(options);
    const stored = this.#store.get(id);
    if (stored !== null) {
      const { certificate, facts } = stored;
      return { ...this.#listedStored(stored).summary, certificate, chain: [...facts.chain] };
    }
    const file = this.#files.get(id);
    if (file === undefined) return null;
    const { chain } = this.#factsOf(file.tls);
    return { ...this.#fileSummary(file), certificate: file.tls.certPem, chain: [...chain] };
  }

  /** Id of a listener's default certificate; null: it has none. */
  defaultOf({ name, tls: { fallback } }: ListenerOptions): string | null {
    return fallback === null ? null : fileId(name, fallback.name);
  }

  /** One more with each change; null: it was not made through the API. */
  versionOf(id: string): number | null {
    return this.#store.get(id)?.version ?? null;
  }

  /** Where the configuration defines the certificate; null: it does not. */
  fileOf(id: string, options: GatewayOptions): string | null {
    this.#look(options);
    return this.#files.get(id)?.tls.name ?? null;
  }

  #look(options: GatewayOptions): void {
    if (options === this.#options) return;
    this.#options = options;
    this.#listed = new WeakMap();
    const files = new Map<string, FileCertificate>();
    const served = new Map<string, string[]>();
    for (const listener of options.listeners) {
      const { fallback, certificates } = listener.tls;
      if (fallback !== null) addFile(files, listener, fallback, true);
      for (const tls of certificates) {
        if (this.#store.get(tls.name) === null) addFile(files, listener, tls, false);
        else served.set(tls.name, [...(served.get(tls.name) ?? []), listener.name]);
      }
    }
    this.#files = files;
    this.#listedFiles = Array.from(files.values(), (file) => {
      const { id, tls } = file;
      const { snis, mode } = tls;
      return new Listed({ ...OF_FILE, id, snis, verify: verifyOf(mode) }, () =>
        this.#fileSummary(file),
      );
    });
    this.#listeners = served;
    const old = this.#facts;
    this.#facts = new Map();
    for (const { tls } of files.values()) {
      const facts = old.get(tls.certPem);
      if (facts !== undefined) this.#facts.set(tls.certPem, facts);
    }
  }

  #listedStored(certificate: StoredCertificate): ListedCertificate {
    let listed = this.#listed.get(certificate);
    if (listed === undefined) {
      const { id, type, status, facts, settings } = certificate;
      listed = new Listed(
        {
          id,
          type,
          status,
          source: 'api',
          labels: settings.labels,
          snis: facts.snis,
          verify: settings.client?.verify ?? false,
        },
        () => this.#summarize(certificate),
      );
      this.#listed.set(certificate, listed);
    }
    return listed;
  }

  #summarize(certificate: StoredCertificate): CertificateSummary {
    const { id, type, status, settings, facts } = certificate;
    const { client } = settings;
    return {
      id,
      type,
      status,
      ...told(facts),
      client:
        client === null
          ? null
          : {
              ...client,
              skip_paths: [...client.skip_paths],
              pinned_certs: [...client.pinned_certs],
            },
      min_version: settings.min_version,
      labels: { ...settings.labels },
      source: 'api',
      file: null,
      listeners: [...(this.#listeners.get(id) ?? [])],
      is_default: false,
      created_at: new Date(certificate.createdAt).toISOString(),
      updated_at: new Date(certificate.updatedAt).toISOString(),
    };
  }

  #fileSummary({ id, tls, listeners, isDefault, skipPaths }: FileCertificate): CertificateSummary {
    return {
      id,
      type: 'server',
      status: 'enabled',
      ...told(this.#factsOf(tls)),
      snis: [...tls.snis],
      client: clientOf(tls, skipPaths),
      min_version: tls.minVersion === 'TLSv1.3' ? '1.3' : '1.2',
      labels: {},
      source: 'file',
      file: tls.name,
      listeners: [...listeners],
      is_default: isDefault,
      created_at: null,
      updated_at: null,
    };
  }

  #factsOf({ certPem, snis }: ServerTlsOptions): CertificateFacts {
    let facts = this.#facts.get(certPem);
    if (facts === undefined) {
      // It was read before, or it would not be served.
      const chain = parseCertificates(certPem) as [Certificate, ...Certificate[]];
      facts = factsOf(chain, snis, []);
      this.#facts.set(certPem, facts);
    }
    return facts;
  }
}

class Listed implements ListedCertificate {
  readonly id: string;
  readonly type: ListedCertificate['type'];
  readonly status: ListedCertificate['status'];
  readonly source: ListedCertificate['source'];
  readonly labels: ListedCertificate['labels'];
  readonly snis: readonly string[];
  readonly verify: ListedCertificate['verify'];
  readonly #summarize: () => CertificateSummary;
  #summary: CertificateSummary | null = null;
  #searched: string | null = null;

  constructor(
    known: Omit<ListedCertificate, 'summary' | 'searched'>,
    summarize: () => CertificateSummary,
  ) {
    this.id = known.id;
    this.type = known.type;
    this.status = known.status;
    this.source = known.source;
    this.labels = known.labels;
    this.snis = known.snis;
    this.verify = known.verify;
    this.#summarize = summarize;
  }

  get summary(): CertificateSummary {
    this.#summary ??= this.#summarize();
    return this.#summary;
  }

  get searched(): string {
    this.#searched ??= searchedText(this.summary);
    return this.#searched;
  }
}

function addFile(
  files: Map<string, FileCertificate>,
  listener: ListenerOptions,
  tls: ServerTlsOptions,
  isDefault: boolean,
): void {
  const id = fileId(isDefault ? listener.name : '', tls.name);
  const known = files.get(id);
  if (known === undefined) {
    const skipPaths = skipPathsOf(listener, tls);
    files.set(id, { id, tls, listeners: [listener.name], isDefault, skipPaths });
  } else known.listeners.push(listener.name);
}

/** The same as long as file and listener have their names. */
function fileId(listener: string, name: string): string {
  const digest = createHash('sha256').update(`${listener}\0${name}`).digest('hex');
  return `file-${digest.slice(0, 16)}`;
}

function skipPathsOf(listener: ListenerOptions, tls: ServerTlsOptions): string[] {
  if (listener.protocol !== 'https') return [];
  const { skipPaths } = listener.sites.get(tls.name) ?? listener.site;
  return skipPaths.map(({ kind, path }) => (kind === 'prefix' ? `${path}*` : path));
}

function clientOf(
  tls: ServerTlsOptions,
  skipPaths: readonly string[],
): CertificateSummary['client'] {
  if (tls.mode === 'false') return null;
  return {
    ca: tls.caPem.join(''),
    verify: verifyOf(tls.mode),
    verify_and_map: tls.mapping,
    depth: tls.depth,
    skip_paths: [...skipPaths],
    pinned_certs: [...tls.pins],
  };
}

function verifyOf(mode: ServerTlsOptions['mode']): ListedCertificate['verify'] {
  return mode === 'true' || mode === 'false' ? mode === 'true' : mode;
}

function told({ chain: [leaf], snis, warnings }: CertificateFacts) {
  return { ...leaf, snis: [...snis], warnings: [...warnings] };
}
