import { type ConfiguredCertificate, configuredCertificates } from './expiring-certificates.ts';
import type { GatewayOptions } from './options.ts';

/** Of reading at a time: longer would be felt by connections that wait, in a gateway of one process. */
const READ_MS = 3;
const PAUSE_MS = 6;

/** What expires when, of the certificates of one snapshot: read a little at a time, as there may be ten thousand. */
export class ExpiryCalendar {
  readonly #unread: Generator<ConfiguredCertificate>;
  readonly #read: ConfiguredCertificate[] = [];
  #sorted: readonly ConfiguredCertificate[] | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** `whenRead` is called when all is read, unless `close` comes first. */
  constructor(options: GatewayOptions, whenRead: () => void) {
    this.#unread = configuredCertificates(options);
    const readSome = (): void => {
      if (this.#readFor(READ_MS)) whenRead();
      else this.#timer = setTimeout(readSome, PAUSE_MS).unref();
    };
    this.#timer = setTimeout(readSome, PAUSE_MS).unref();
  }

  /** All of them, what expires next first. What is not read yet is read now. */
  get all(): readonly ConfiguredCertificate[] {
    this.#readFor(Infinity);
    this.#sorted ??= this.#read.toSorted((one, other) => one.notAfter - other.notAfter);
    return this.#sorted;
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Whether all is read. */
  #readFor(ms: number): boolean {
    const begun = performance.now();
    while (performance.now() - begun < ms) {
      const { value, done } = this.#unread.next();
      if (done === true) return true;
      this.#read.push(value);
    }
    return false;
  }
}
