import type { MaterialSource, ServerMaterial } from '../tls/server-material.ts';
import type { ServerTlsOptions } from '../tls/options.ts';
import type { GatewayOptions, ListenerOptions } from './options.ts';

/** What a worker asks when a client comes to a certificate for the first time. */
export interface MaterialWanted {
  readonly kind: 'material-wanted';
  readonly question: number;
  readonly id: number;
}

/** The answer to `material-wanted`. */
export interface MaterialToWorker {
  readonly kind: 'material';
  readonly question: number;
  /** null: it has left with an earlier snapshot. */
  readonly material: ServerMaterial | null;
}

/** So few certificates go to the workers with the snapshot. */
const MOST_SENT = 100;
/** What left with a snapshot is kept for handshakes that began under it. */
const KEPT_MS = 60_000;
/** A handshake waits no longer. While the primary reads thousands of files, it answers nobody. */
const ANSWER_MS = 10_000;

/** The options of a worker, as they go to it. */
export interface WorkerSnapshot {
  readonly options: GatewayOptions;
  /** By listener, where they are many: its certificates, of which its options have none then. */
  readonly deferred: ReadonlyMap<string, DeferredCertificates>;
}

/** Certificates without their material; one after the other in each list. */
interface DeferredCertificates {
  /** Everything that certificates have in common, which few differ in. */
  readonly kinds: readonly ServerTlsOptions[];
  /** Which of them each is. */
  readonly kind: readonly number[];
  readonly names: readonly string[];
  readonly snis: readonly (readonly string[])[];
  readonly materialIds: readonly number[];
}

/**
 * The primary's side: keeps certificates and keys by the thousand away from workers until a client comes
 * to them. Most are never asked for there, and sending them all would take a tenth of a start.
 */
export class MaterialDesk {
  /** Those of the snapshot that is in force, by the PEM of the certificate. */
  #ids: ReadonlyMap<string, number> = new Map();
  /** Those of the snapshot that was made last. */
  #wanted = this.#ids;
  readonly #materials = new Map<number, ServerMaterial>();
  #last = 0;

  /**
   * What workers get of these options: of many certificates only numbers. A certificate keeps its number
   * from snapshot to snapshot.
   */
  snapshot(options: GatewayOptions): WorkerSnapshot {
    const servers = new Set(options.listeners.flatMap(({ tls }) => tls.certificates));
    // The last one did not come into force; it may be in use all the same.
    if (this.#wanted !== this.#ids) this.#ids = new Map([...this.#ids, ...this.#wanted]);
    const wanted = new Map<string, number>();
    this.#wanted = wanted;
    const deferred = new Map<string, DeferredCertificates>();
    if (servers.size <= MOST_SENT) return { options, deferred };
    const listeners = options.listeners.map((listener): ListenerOptions => {
      const { name, tls } = listener;
      if (tls.certificates.length === 0) return listener;
      deferred.set(name, this.#defer(tls.certificates, wanted));
      return { ...listener, tls: { ...tls, certificates: [] } };
    });
    return { options: { ...options, listeners }, deferred };
  }

  /** The last snapshot is in force everywhere: what it does not need is forgotten a while later. */
  settle(): void {
    const wanted = this.#wanted;
    const gone = [...this.#ids].flatMap(([certPem, id]) => (wanted.has(certPem) ? [] : [id]));
    this.#ids = wanted;
    if (gone.length === 0) return;
    setTimeout(() => {
      for (const id of gone) this.#materials.delete(id);
    }, KEPT_MS).unref();
  }

  answer({ question, id }: MaterialWanted): MaterialToWorker {
    return { kind: 'material', question, material: this.#materials.get(id) ?? null };
  }

  #defer(
    certificates: readonly ServerTlsOptions[],
    wanted: Map<string, number>,
  ): DeferredCertificates {
    const kinds: ServerTlsOptions[] = [];
    return {
      kinds,
      kind: certificates.map((one) => kindOf(one, kinds)),
      names: certificates.map(({ name }) => name),
      snis: certificates.map(({ snis }) => snis),
      materialIds: certificates.map(({ certPem, keyPem }) => {
        const id = wanted.get(certPem) ?? this.#ids.get(certPem) ?? ++this.#last;
        wanted.set(certPem, id);
        this.#materials.set(id, { certPem, keyPem });
        return id;
      }),
    };
  }
}

/** Which of `kinds` a certificate is of; a new one is added. */
function kindOf(server: ServerTlsOptions, kinds: ServerTlsOptions[]): number {
  const oldest = Math.max(kinds.length - MOST_COMPARED, 0);
  for (let index = kinds.length - 1; index >= oldest; index--) {
    if (isAlike(server, kinds[index])) return index;
  }
  return kinds.push({ ...server, name: '', certPem: '', keyPem: '', snis: [] }) - 1;
}

/** Kinds among which a certificate's is looked for. */
const MOST_COMPARED = 8;
/** What certificates have of their own. */
const OWN: ReadonlySet<string> = new Set(['name', 'certPem', 'keyPem', 'snis']);

/** Whether two certificates are the same in everything else, whatever that may come to be. */
function isAlike(one: ServerTlsOptions, other: ServerTlsOptions): boolean {
  const keys = Object.keys(one) as (keyof ServerTlsOptions)[];
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => OWN.has(key) || one[key] === other[key]);
}

/** A worker's own options, with certificates whose material it asks for. */
export function optionsOf({ options, deferred }: WorkerSnapshot): GatewayOptions {
  if (deferred.size === 0) return options;
  const listeners = options.listeners.map((listener): ListenerOptions => {
    const rows = deferred.get(listener.name);
    if (rows === undefined) return listener;
    const certificates = rows.names.map((name, index) => {
      const materialId = rows.materialIds[index];
      return { ...rows.kinds[rows.kind[index]], name, snis: rows.snis[index], materialId };
    });
    return { ...listener, tls: { ...listener.tls, certificates } };
  });
  return { ...options, listeners };
}

/** A worker's side: asks the primary. */
export class AskedMaterial implements MaterialSource {
  readonly #tell: (message: MaterialWanted) => void;
  readonly #answerMs: number;
  readonly #questions = new Map<number, (material: ServerMaterial | null) => void>();
  #asked = 0;

  /** `answerMs`: how long the primary may take, milliseconds; by default 10,000. */
  constructor(tell: (message: MaterialWanted) => void, answerMs = ANSWER_MS) {
    this.#tell = tell;
    this.#answerMs = answerMs;
  }

  /** There is a question for each certificate at most, as a context asks once for all who wait. */
  find(id: number, found: (material: ServerMaterial | null) => void): void {
    const question = ++this.#asked;
    const late = setTimeout(
      () => this.answered({ kind: 'material', question, material: null }),
      this.#answerMs,
    );
    this.#questions.set(question, (material) => {
      clearTimeout(late);
      found(material);
    });
    this.#tell({ kind: 'material-wanted', question, id });
  }

  /** The primary's answer; one that came too late is passed over. */
  answered({ question, material }: MaterialToWorker): void {
    const found = this.#questions.get(question);
    this.#questions.delete(question);
    found?.(material);
  }
}
