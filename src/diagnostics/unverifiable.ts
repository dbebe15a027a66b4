import { issueCommand, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly subject: string;
  readonly detail: string;
  readonly command: string;
  /** A path leads to a trust anchor, but OpenSSL follows another certificate of the same issuer. */
  readonly isElsewhere: boolean;
}

/** What OpenSSL says where it ends at a CA that is not trusted; our own verifier has found a path then. */
const ELSEWHERE = /^OpenSSL: (?:UNABLE_TO_GET_ISSUER_CERT|SELF_SIGNED_CERT_IN_CHAIN)/;

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
      isElsewhere: ELSEWHERE.test(cause.detail),
    };
  },
  texts: {
    en: ({ subject, detail, command, isElsewhere }) =>
      isElsewhere
        ? {
            detail: `${subject} leads to a trust anchor, but the client sent more than one certificate of an issuer on the way, and OpenSSL tries only the first that fits by name, which leads elsewhere: ${detail}.`,
            remedy:
              "Have the client leave out the certificates that do not lead to this gateway's trust bundle (those that another CA cross-signed), or send them last",
          }
        : {
            detail: `${subject} has something in it, or in its chain, that can't be checked, and what can't be checked is refused: ${detail}.`,
            remedy: `Have the certificate issued without it: ${command} --force makes one with no more than a client certificate needs`,
          },
    zh: ({ subject, detail, command, isElsewhere }) =>
      isElsewhere
        ? {
            detail: `${subject} 可以追溯到信任锚，但客户端发送了途中某个签发者的多份证书，而 OpenSSL 只尝试名称匹配的第一份，它通向别处：${detail}。`,
            remedy:
              '请客户端去掉不通向本网关信任库的证书（由其他 CA 交叉签名的那些），或把它们放在最后发送',
          }
        : {
            detail: `${subject} 或其证书链中有无法检查的内容，而无法检查的一律拒绝：${detail}。`,
            remedy: `重新签发不含该内容的证书：${command} --force 只写入客户端证书所需的内容`,
          },
  },
});
