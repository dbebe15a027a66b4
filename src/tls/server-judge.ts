import type { AllowedPeer } from '../pki/allowed-peer.ts';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import { judgeServer, type ServerFault } from '../pki/judge-server.ts';
import { decodeCertificates, PemError } from '../pki/pem.ts';

export type { AllowedPeer } from '../pki/allowed-peer.ts';
export type { ServerFault } from '../pki/judge-server.ts';

/** What a server that we connect to is held to. */
export interface ServerRequirements {
  /** Trust anchors, PEM. Empty: nobody is trusted. */
  readonly caPem: readonly string[];
  readonly serverName: string;
  /** null: the server must be `serverName`. */
  readonly allowPeers: readonly AllowedPeer[] | null;
  /** SHA-256 of SPKIs, lower-case hex; empty: any key. */
  readonly pins: ReadonlySet<string>;
}

/** A server that may be talked to, and until when its certificates are good; or why it may not. */
export type AdmittedServer =
  | { readonly kind: 'admitted'; readonly expiresAt: number }
  | { readonly kind: 'refused'; readonly fault: ServerFault };

/** Judges servers by one set of requirements. Anchors are read at the first of them. */
export class ServerJudge {
  readonly #requirements: ServerRequirements;
  #anchors: readonly Certificate[] | null = null;

  constructor(requirements: ServerRequirements) {
    this.#requirements = requirements;
  }

  /** `chain`: DER as presented, leaf first; `opensslError`: null where OpenSSL found nothing wrong. Never throws. */
  judge(chain: readonly Buffer[], opensslError: string | null, at: number): AdmittedServer {
    const { serverName, allowPeers: allowed, pins } = this.#requirements;
    const certificates = chain.map(readCertificate);
    if (certificates.includes(null)) return UNREADABLE;
    this.#anchors ??= this.#requirements.caPem.flatMap(readAnchors);
    const judgement = judgeServer({
      chain: certificates.filter((one) => one !== null),
      opensslError,
      requirements: { anchors: this.#anchors, depth: null, pins },
      serverName,
      allowed,
      at,
    });
    if (judgement.kind === 'failed') return { kind: 'refused', fault: judgement.fault };
    const expiresAt = Math.min(...judgement.path.map(({ notAfter }) => notAfter));
    return { kind: 'admitted', expiresAt };
  }
}

const UNREADABLE: AdmittedServer = {
  kind: 'refused',
  fault: { code: 'malformed-certificate', detail: 'a certificate of the server can not be read' },
};

function readCertificate(der: Buffer): Certificate | null {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof CertificateError) return null;
    throw error;
  }
}

/** One that we can't read, of the system's, is trusted by nobody. */
function readAnchors(pem: string): Certificate[] {
  try {
    return decodeCertificates(pem).flatMap((der) => readCertificate(der) ?? []);
  } catch (error) {
    if (error instanceof PemError) return [];
    throw error;
  }
}
