import { type RecordCipher, recordCipher } from './cipher-suites.ts';
import type { ConnectionSecrets, TrafficLabel } from './key-log.ts';
import { type RecordOpener, tls12Opener, tls13Opener } from './record-opener.ts';

/** What both directions of a connection have to know of each other to be read. */
export class Negotiation {
  /** As ServerHello chose it; 0: none yet. */
  version = 0;
  clientRandom: Buffer | null = null;
  serverRandom: Buffer | null = null;
  readonly #secrets: ConnectionSecrets;
  #cipher: RecordCipher | null = null;

  constructor(secrets: ConnectionSecrets) {
    this.#secrets = secrets;
  }

  choose(version: number, cipherSuite: number): void {
    this.version = version;
    this.#cipher = recordCipher(cipherSuite);
  }

  /** Opens records of TLS 1.3 under one of its secrets; null: the secret or the cipher isn't known. */
  openerFor(label: TrafficLabel): RecordOpener | null {
    const secret = this.#secrets.traffic.get(label);
    if (secret === undefined || this.#cipher === null) return null;
    return tls13Opener(secret, this.#cipher);
  }

  /** Opens records of TLS 1.2; null: the secret or the cipher isn't known. */
  legacyOpener(from: 'client' | 'server'): RecordOpener | null {
    const { master } = this.#secrets;
    const { clientRandom, serverRandom } = this;
    if (master === null || clientRandom === null || serverRandom === null) return null;
    if (this.#cipher === null) return null;
    return tls12Opener({ master, clientRandom, serverRandom }, this.#cipher, from);
  }
}
