import type { AddedCertificate } from './added-certificates.ts';
import { nearest } from './nearest.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { UpstreamConfig } from './schema.ts';
import { type CertificateAndKey, readCertificateAndKey } from './server-certificate.ts';

/** PEM: the chain, and its key. */
type OwnCertificate = Pick<CertificateAndKey, 'certPem' | 'keyPem'>;

/** Our own certificates towards upstreams: from files, or made through the admin API. */
export class OwnCertificates {
  /** Of the API, by id; null: which there are is not known. */
  readonly #added: ReadonlyMap<string, AddedCertificate> | null;
  readonly #hasAdmin: boolean;
  readonly #context: ResolveContext;

  constructor(
    added: readonly AddedCertificate[] | null,
    hasAdmin: boolean,
    context: ResolveContext,
  ) {
    this.#added = added === null ? null : new Map(added.map((one) => [one.id, one]));
    this.#hasAdmin = hasAdmin;
    this.#context = context;
  }

  /** `none`: it asks for none, or it can't be known yet. null: it can't be used, which has been reported. */
  find(config: NonNullable<UpstreamConfig['tls']>, at: ConfigPath): OwnCertificate | 'none' | null {
    const { cert_file: certFile, key_file: keyFile, client_cert_id: id } = config;
    const namesFile = certFile !== undefined || keyFile !== undefined;
    if (id === undefined)
      return namesFile ? readCertificateAndKey(config, at, this.#context) : 'none';
    const place = [...at, 'client_cert_id'];
    if (namesFile) return this.#refuse(place, 'is one too many beside cert_file and key_file');
    if (!this.#hasAdmin) {
      return this.#refuse(place, 'needs admin: without it nothing of the admin API is used');
    }
    return this.#fromApi(id, place);
  }

  #fromApi(id: string, place: ConfigPath): OwnCertificate | 'none' | null {
    if (this.#added === null) return 'none';
    const found = this.#added.get(id);
    if (found === undefined) {
      const clients = [...this.#added.values()].filter(({ type }) => type === 'client');
      const near = nearest(
        id,
        clients.map((one) => one.id),
      );
      const hint = near === null ? '' : `; did you mean ${JSON.stringify(near)}?`;
      const message = `${JSON.stringify(id)} is no enabled certificate of the admin API${hint}`;
      return this.#refuse(place, message);
    }
    const { cert, key } = found.config;
    if (found.type === 'client' && cert !== undefined && key !== undefined) {
      return { certPem: cert, keyPem: key };
    }
    return this.#refuse(
      place,
      `${JSON.stringify(id)} is a server certificate: its type must be client`,
    );
  }

  #refuse(place: ConfigPath, message: string): null {
    this.#context.report.error(place, message);
    return null;
  }
}
