import { issueCommand, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly subject: string;
  readonly serialNumber: string;
  readonly detail: string;
  readonly command: string;
}

export const revoked = defineFinding<Values>({
  code: 'revoked',
  severity: 'error',
  title: { en: 'The certificate was revoked', zh: '证书已被吊销' },
  rule: 'RFC 5280 section 6.3.3',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'revoked');
    const certificate = cause?.certificate ?? evidence.chain[0];
    if (cause === null || certificate === undefined) return null;
    return {
      subject: subjectOf(certificate),
      serialNumber: certificate.serialNumber,
      detail: shown(cause.detail),
      command: issueCommand(evidence),
    };
  },
  texts: {
    en: ({ subject, serialNumber, detail, command }) => ({
      detail: `${subject}, serial number ${serialNumber}, was revoked by the CA that issued it: ${detail}.`,
      remedy: `A revocation is not taken back. Give the client a new key and certificate: ${command} --force`,
    }),
    zh: ({ subject, serialNumber, detail, command }) => ({
      detail: `${subject}（序列号 ${serialNumber}）已被签发它的 CA 吊销：${detail}。`,
      remedy: `吊销不可撤回。为客户端签发新的密钥和证书：${command} --force`,
    }),
  },
});
