import { causeOf, type Evidence } from './evidence.ts';
import { issueCommand, serverOf, subjectOf } from './certificate-words.ts';
import { defineFinding } from './finding.ts';
import { listing } from './listing.ts';

interface Values {
  readonly server: string;
  readonly issuers: readonly string[];
  readonly command: string;
}

export const noCertificate = defineFinding<Values>({
  code: 'no-certificate',
  severity: 'error',
  title: { en: 'The client sent no certificate', zh: '客户端没有发送证书' },
  rule: 'RFC 8446 section 4.4.2.4',
  recognise: (evidence: Evidence) =>
    causeOf(evidence, 'no-certificate') === null
      ? null
      : {
          server: serverOf(evidence),
          issuers: (evidence.server?.anchors ?? []).map(subjectOf),
          command: issueCommand(evidence),
        },
  texts: {
    en: ({ server, issuers, command }) => ({
      detail: `${server} requires a client certificate issued by ${listing(issuers, 'en')}. The client has none, was not told to use it, or has one from another issuer: many clients send nothing then.`,
      remedy: `Give the client its certificate and key: curl --cert client.crt --key client.key ... (${command} makes them), or exempt paths by skip_paths`,
    }),
    zh: ({ server, issuers, command }) => ({
      detail: `${server} 要求客户端出示由 ${listing(issuers, 'zh')} 签发的证书。客户端没有证书、未配置使用证书，或其证书由其他 CA 签发（许多客户端此时不发送任何证书）。`,
      remedy: `让客户端使用其证书和私钥：curl --cert client.crt --key client.key ...（用 ${command} 签发），或用 skip_paths 免除某些路径`,
    }),
  },
});
