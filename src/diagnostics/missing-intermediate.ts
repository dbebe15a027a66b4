import type { Certificate } from '../pki/certificate.ts';
import { OID } from '../pki/oids.ts';
import { issuerOf, serverOf, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { listing } from './listing.ts';
import { shellWord } from './quoted-word.ts';

interface Values {
  readonly subject: string;
  readonly issuer: string;
  /** How many certificates the client sent. */
  readonly sent: number;
  readonly trusted: readonly string[];
  /** Where the certificate says that its issuer's is to be had; null: it doesn't. */
  readonly url: string | null;
  readonly server: string;
}

export const missingIntermediate = defineFinding<Values>({
  code: 'missing-intermediate',
  severity: 'error',
  title: {
    en: 'The client sent its certificate without the intermediate that issued it',
    zh: '客户端发送的证书缺少签发它的中间证书',
  },
  rule: 'RFC 8446 section 4.4.2',
  recognise(evidence: Evidence) {
    const top = causeOf(evidence, 'missing-intermediate')?.certificate ?? null;
    if (top === null) return null;
    return {
      subject: subjectOf(top),
      issuer: issuerOf(top),
      sent: evidence.chain.length,
      trusted: (evidence.server?.anchors ?? []).map(subjectOf),
      url: issuerUrl(top),
      server: serverOf(evidence),
    };
  },
  texts: {
    en: ({ subject, issuer, sent, trusted, url, server }) => ({
      detail: `${subject} was issued by ${issuer}, which is not trusted itself, and the client sent ${sent === 1 ? 'its own certificate alone' : `${sent} certificates, but not that of ${issuer}`}. Trusted: ${listing(trusted, 'en')}.`,
      remedy: `Let the client send the intermediate behind its own certificate: cat client.crt intermediate.crt > chain.crt, and use chain.crt in place of client.crt${url === null ? '' : ` (its issuer is said to be at ${url})`}; or append intermediate.crt to the ca_file of ${server}`,
    }),
    zh: ({ subject, issuer, sent, trusted, url, server }) => ({
      detail: `${subject} 由 ${issuer} 签发，它不在信任库中，而客户端发送的 ${sent} 张证书中也没有它。受信任的有：${listing(trusted, 'zh')}。`,
      remedy: `让客户端在自己的证书之后附上中间证书：cat client.crt intermediate.crt > chain.crt，并用 chain.crt 代替 client.crt${url === null ? '' : `（证书声明其签发者位于 ${url}）`}；或把 intermediate.crt 追加到 ${server} 的 ca_file`,
    }),
  },
});

function issuerUrl(certificate: Certificate): string | null {
  for (const { method, location } of certificate.extensions.authorityInfoAccess) {
    if (method !== OID.caIssuers || location.kind !== 'uri') continue;
    if (/^https?:\/\/[\w.:[\]-]+\/[\w%+./-]{0,150}$/.test(location.value)) {
      return shellWord(location.value);
    }
  }
  return null;
}
