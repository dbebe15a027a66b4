import { issueCommand, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly subject: string;
  readonly detail: string;
  readonly command: string;
}

export const unverifiable = defineFinding<Values>({
  code: 'unverifiable',
  severity: 'error',
  title: {
    en: 'The certificate cannot be verified',
    zh: '证书无法验证',
  },
  rule: 'RFC 5280 section 6.1',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'unverifiable');
    const certificate = cause?.certificate ?? evidence.chain[0];
    if (cause === null || certificate === undefined) return null;
    return {
      subject: subjectOf(certificate),
      detail: shown(cause.detail),
      command: issueCommand(evidence),
    };
  },
  texts: {
    en: ({ subject, detail, command }) => ({
      detail: `${subject} has something in it, or in its chain, that can't be checked, and what can't be checked is refused: ${detail}.`,
      remedy: `Have the certificate issued without it: ${command} --force makes one with no more than a client certificate needs`,
    }),
    zh: ({ subject, detail, command }) => ({
      detail: `${subject} 或其证书链中有无法检查的内容，而无法检查的一律拒绝：${detail}。`,
      remedy: `重新签发不含该内容的证书：${command} --force 只写入客户端证书所需的内容`,
    }),
  },
});
