import { serverOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly detail: string;
  readonly server: string;
}

export const serverCertificate = defineFinding<Values>({
  code: 'server-certificate',
  severity: 'error',
  title: {
    en: "The gateway's own certificate or key can't be used",
    zh: '网关自身的证书或私钥无法使用',
  },
  rule: 'RFC 8446 section 4.4.2.2',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'server-certificate');
    return cause === null ? null : { detail: shown(cause.detail), server: serverOf(evidence) };
  },
  texts: {
    en: ({ detail, server }) => ({
      detail: `OpenSSL takes the certificate, the key or the trust bundle of ${server} for unusable: ${detail}.`,
      remedy: `countersign check CONFIG names what is wrong; a new certificate: countersign issue server NAME --force`,
    }),
    zh: ({ detail, server }) => ({
      detail: `OpenSSL 认为 ${server} 的证书、私钥或信任库无法使用：${detail}。`,
      remedy:
        '用 countersign check CONFIG 查明原因；签发新证书：countersign issue server NAME --force',
    }),
  },
});
