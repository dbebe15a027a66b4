import type { MaterialSource, ServerMaterial } from '../tls/server-material.ts';
import type { ServerTlsOptions, TlsListenerOptions } from '../tls/options.ts';
import type { ListenerOptions } from './options.ts';

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

/**
 * The primary's side: keeps certificates and keys by the thousand away from workers until a client comes
 * to them. Most are never asked for there, and sending them all would take a tenth of a start.
 */
export class MaterialDesk {
  /** By the PEM of the certificate. */
  #ids: ReadonlyMap<string, number> = new Map();
  /** Those that the snapshot needs which was deferred last. */
  #wanted: ReadonlyMap<string, number> = new Map();
  readonly #materials = new Map<number, ServerMaterial>();
  #last = 0;

  /** The same listeners for workers: of many certificates only numbers, which stay the same from snapshot to snapshot. */
  defer<Listener extends ListenerOptions>(listeners: readonly Listener[]): Listener[] {
    const servers = new Set(listeners.flatMap(({ tls }) => tls.certificates));
    const wanted = new Map<string, number>();
    const deferred = new Map<ServerTlsOptions, ServerTlsOptions>();
    if (servers.size > MOST_SENT) {
      for (const server of servers) deferred.set(server, this.#defer(server, wanted));
    }
    this.#ids = new Map([...this.#ids, ...wanted]);
    this.#wanted = wanted;
    if (deferred.size === 0) return [...listeners];
    return listeners.map((listener) => {
      const certificates = listener.tls.certificates.map((one) => deferred.get(one) ?? one);
      const tls: TlsListenerOptions = { ...listener.tls, certificates };
      return { ...listener, tls };
    });
  }

  /** The snapshot that was deferred last is in force everywhere: what it does not need is forgotten soon. */
  settle(): void {
    const wanted = this.#wanted;
    if (wanted.size === this.#ids.size) return;
    const gone = [...this.#ids].flatMap(([certPem, id]) => (wanted.has(certPem) ? [] : [id]));
    this.#ids = wanted;
    setTimeout(() => {
      for (const id of gone) this.#materials.delete(id);
    }, KEPT_MS).unref();
  }

  answer({ question, id }: MaterialWanted): MaterialToWorker {
    return { kind: 'material', question, material: this.#materials.get(id) ?? null };
  }

  #defer(server: ServerTlsOptions, wanted: Map<string, number>): ServerTlsOptions {
    const { certPem, keyPem } = server;
    const materialId = wanted.get(certPem) ?? this.#ids.get(certPem) ?? ++this.#last;
    wanted.set(certPem, materialId);
    this.#materials.set(materialId, { certPem, keyPem });
    return { ...server, certPem: '', keyPem: '', materialId };
  }
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
