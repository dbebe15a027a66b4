import { serverOf, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';

interface Values {
  readonly subject: string;
  readonly pin: string;
  readonly server: string;
}

export const pinMismatch = defineFinding<Values>({
  code: 'pin-mismatch',
  severity: 'error',
  title: {
    en: "The client's key is not one of the pinned keys",
    zh: '客户端的密钥不在固定密钥列表中',
  },
  rule: 'RFC 7469 section 2.4 (the form of a pin)',
  recognise(evidence: Evidence) {
    const certificate = causeOf(evidence, 'pin-mismatch')?.certificate ?? null;
    if (certificate === null) return null;
    return {
      subject: subjectOf(certificate),
      pin: certificate.spkiPin,
      server: serverOf(evidence),
    };
  },
  texts: {
    en: ({ subject, pin, server }) => ({
      detail: `${subject} is good, but ${server} admits only pinned keys, and this one is ${pin} (SHA-256 of the SubjectPublicKeyInfo). A certificate that was issued with a new key needs a new pin.`,
      remedy: `Add the key to the pins of ${server}: pinned_certs: [..., "${pin}"]`,
    }),
    zh: ({ subject, pin, server }) => ({
      detail: `${subject} 本身有效，但 ${server} 只允许固定的密钥，而它的密钥是 ${pin}（SubjectPublicKeyInfo 的 SHA-256）。用新密钥签发的证书需要新的固定值。`,
      remedy: `把该密钥加入 ${server} 的固定列表：pinned_certs: [..., "${pin}"]`,
    }),
  },
});
