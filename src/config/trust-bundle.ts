import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import { decodeCertificates, encodePem, PemError } from '../pki/pem.ts';

/** Trust anchors as configured. */
export interface TrustBundle {
  /** One text for each anchor. */
  readonly pem: readonly string[];
  readonly anchors: readonly Certificate[];
  /** Equal for two bundles exactly when they hold the same set of certificates. */
  readonly identity: string;
}

/** A PEM text that doesn't hold what it should. Safe to show: nothing of the text is in it. */
export class MaterialError extends Error {
  override readonly name = 'MaterialError';
}

/** Reads trust anchors. Throws MaterialError where there is none, or one that can't be read. */
export function parseTrustBundle(text: string): TrustBundle {
  const byFingerprint = new Map<string, Certificate>();
  for (const certificate of parseCertificates(text)) {
    byFingerprint.set(certificate.fingerprint, certificate);
  }
  const anchors = [...byFingerprint.values()];
  return {
    anchors,
    pem: anchors.map((anchor) => encodePem('CERTIFICATE', anchor.der)),
    identity: [...byFingerprint.keys()].toSorted().join(' '),
  };
}

/** Reads every certificate of a text, at least one. Throws MaterialError. */
export function parseCertificates(text: string): Certificate[] {
  let blocks: Buffer[];
  try {
    blocks = decodeCertificates(text);
  } catch (error) {
    if (error instanceof PemError) throw new MaterialError(error.message);
    throw error;
  }
  return blocks.map((der, index) => {
    try {
      return parseCertificate(der);
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      throw new MaterialError(`certificate ${index + 1} can't be read: ${error.message}`);
    }
  });
}
