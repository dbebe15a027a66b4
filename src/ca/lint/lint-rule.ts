import type { CertificateTemplate } from '../../pki/certificate-builder.ts';
import type { Certificate } from '../../pki/certificate.ts';

/** One thing that a leaf must or must not say before it is signed. */
export interface LintRule {
  readonly name: string;
  /** The document and section that asks for it. */
  readonly citation: string;
  /** What is wrong, for people; null: nothing. `issuing`: who is to sign. */
  check(template: CertificateTemplate, issuing: Certificate): string | null;
}
