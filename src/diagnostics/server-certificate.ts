import { serverOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly detail: string;
  readonly server: string;
  /** Whether a worker process had neither, rather than OpenSSL no use for them. */
  readonly isMissing: boolean;
}

const MISSING = 'ERR_MATERIAL_MISSING';

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
    if (cause === null) return null;
    const isMissing = cause.detail.endsWith(`: ${MISSING}`);
    return { detail: shown(cause.detail), server: serverOf(evidence), isMissing };
  },
  texts: {
    en: ({ detail, server, isMissing }) => ({
      detail: isMissing
        ? `The worker process asked for the certificate and the key of ${server} when the client came, and did not get them: the primary process did not answer in time, or serves another certificate by now.`
        : `OpenSSL takes the certificate, the key or the trust bundle of ${server} for unusable: ${detail}.`,
      remedy: isMissing
        ? 'the next client asks again; where it recurs, the log and the load of the machine say why the primary process is slow'
        : `countersign check CONFIG names what is wrong; a new certificate: countersign issue server NAME --force`,
    }),
    zh: ({ detail, server, isMissing }) => ({
      detail: isMissing
        ? `客户端到来时，工作进程向主进程索取 ${server} 的证书和私钥，但没有得到：主进程未及时应答，或者现在使用的已是另一张证书。`
        : `OpenSSL 认为 ${server} 的证书、私钥或信任库无法使用：${detail}。`,
      remedy: isMissing
        ? '下一个客户端到来时会再次索取；如果反复出现，请查看日志和机器负载，了解主进程为何缓慢'
        : '用 countersign check CONFIG 查明原因；签发新证书：countersign issue server NAME --force',
    }),
  },
});
