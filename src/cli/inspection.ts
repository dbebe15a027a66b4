import { createHash, type KeyObject } from 'node:crypto';
import { type Candidate, candidateIdentities } from '../identity/candidate.ts';
import type { Certificate } from '../pki/certificate.ts';
import { verifyCertificateRequest } from '../pki/certificate-request.ts';
import { type CertificateDescription, describeCertificate } from '../pki/describe-certificate.ts';
import { printGeneralName } from '../pki/general-name.ts';
import { describeKey, encodePublicKey } from '../pki/keys.ts';
import { printName } from '../pki/name.ts';
import type { SignatureVerdict } from '../pki/signature.ts';
import type { InspectedItem } from './inspected-file.ts';

/** An item of a file in plain values, as `inspect --json` prints it. */
export type Inspection =
  | CertificateInspection
  | {
      readonly type: 'request';
      readonly subject: string;
      readonly subjectAltNames: readonly string[];
      readonly publicKey: string;
      readonly spkiPin: string;
      readonly signatureAlgorithm: string;
      /** Only `good` shows that the sender has the key. */
      readonly signature: SignatureVerdict;
    }
  | {
      readonly type: 'crl';
      readonly issuer: string;
      /** ISO 8601 in UTC. */
      readonly thisUpdate: string;
      readonly nextUpdate: string | null;
      readonly state: 'current' | 'stale';
      readonly revoked: number;
      /** Lower-case hex; null: it has none. */
      readonly number: string | null;
      readonly signatureAlgorithm: string;
      /** Why no gateway takes it, as the end of a sentence about it; null: it can be used. */
      readonly obstacle: string | null;
    }
  | {
      readonly type: 'private-key' | 'public-key';
      readonly publicKey: string;
      readonly spkiPin: string;
    }
  | { readonly type: 'encrypted-private-key' }
  | { readonly type: 'other'; readonly label: string };

/** A certificate's description, its state at this moment and whom it would be matched as. */
export interface CertificateInspection extends CertificateDescription {
  readonly type: 'certificate';
  readonly state: 'valid' | 'expired' | 'not-yet-valid';
  /** SHA-1 of the certificate, lower-case hex: what old programs call its thumbprint. */
  readonly sha1Fingerprint: string;
  /**
   * In the order in which they are tried; those of kind dn-nats only where the configuration came
   * from nats-server. Empty for a CA, which is nobody's identity.
   */
  readonly identities: readonly Candidate[];
}

/** The plain values of an item at `now`, in milliseconds since the epoch. Never holds a private key. */
export function inspectionOf(item: InspectedItem, now: number): Inspection {
  switch (item.type) {
    case 'certificate':
      return inspectCertificate(item.certificate, now);
    case 'request':
      return {
        type: 'request',
        subject: printName(item.request.subject),
        subjectAltNames: item.request.subjectAltNames.map(printGeneralName),
        publicKey: item.request.publicKey.name,
        spkiPin: hexDigest('sha256', item.request.spki),
        signatureAlgorithm: item.request.signatureAlgorithm.name,
        signature: verifyCertificateRequest(item.request),
      };
    case 'crl': {
      const { issuer, thisUpdate, nextUpdate, count, number, signatureAlgorithm, obstacle } =
        item.crl;
      return {
        type: 'crl',
        issuer: printName(issuer),
        thisUpdate: new Date(thisUpdate).toISOString(),
        nextUpdate: nextUpdate === null ? null : new Date(nextUpdate).toISOString(),
        state: nextUpdate !== null && nextUpdate < now ? 'stale' : 'current',
        revoked: count,
        number,
        signatureAlgorithm: signatureAlgorithm.name,
        obstacle,
      };
    }
    case 'private-key':
    case 'public-key':
      return item.key === null
        ? { type: 'encrypted-private-key' }
        : { type: item.type, ...keyFacts(item.key) };
    case 'other':
      return { type: 'other', label: item.label };
    default:
      return item satisfies never;
  }
}

function inspectCertificate(certificate: Certificate, now: number): CertificateInspection {
  const description = describeCertificate(certificate);
  const state =
    now < certificate.notBefore
      ? 'not-yet-valid'
      : now >= certificate.notAfter + 1000
        ? 'expired'
        : 'valid';
  return {
    type: 'certificate',
    ...description,
    state,
    sha1Fingerprint: hexDigest('sha1', certificate.der),
    identities: description.isCa ? [] : identitiesOf(certificate),
  };
}

function identitiesOf(certificate: Certificate): Candidate[] {
  const natsOnly = candidateIdentities(certificate, 'nats').filter(
    (candidate) => candidate.kind === 'dn-nats' || candidate.kind === 'dn-nats-dc',
  );
  return [...candidateIdentities(certificate, 'exact'), ...natsOnly];
}

function keyFacts(key: KeyObject): { readonly publicKey: string; readonly spkiPin: string } {
  return { publicKey: describeKey(key), spkiPin: hexDigest('sha256', encodePublicKey(key)) };
}

function hexDigest(algorithm: 'sha1' | 'sha256', bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
