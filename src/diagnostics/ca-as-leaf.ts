import { issueCommand, serverOf, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';

interface Values {
  readonly subject: string;
  readonly server: string;
  readonly command: string;
}

export const caAsLeaf = defineFinding<Values>({
  code: 'ca-as-leaf',
  severity: 'error',
  title: {
    en: 'The client presents a CA certificate as its own',
    zh: '客户端把 CA 证书当作自己的证书出示',
  },
  rule: 'RFC 5280 section 4.2.1.9',
  recognise(evidence: Evidence) {
    const certificate = causeOf(evidence, 'ca-as-leaf')?.certificate ?? null;
    if (certificate === null) return null;
    return {
      subject: subjectOf(certificate),
      server: serverOf(evidence),
      command: issueCommand(evidence),
    };
  },
  texts: {
    en: ({ subject, server, command }) => ({
      detail: `${subject} is a CA certificate (basicConstraints CA:TRUE): whoever holds its key can issue certificates for every client, so it is not taken for one.`,
      remedy: `Issue the client a certificate of its own: ${command} --force. To trust just this one as it is, append it to the ca_file of ${server}: cat client.crt >> ca.crt`,
    }),
    zh: ({ subject, server, command }) => ({
      detail: `${subject} 是 CA 证书（basicConstraints CA:TRUE）：持有其私钥者可以为任何客户端签发证书，因此不把它当作客户端证书。`,
      remedy: `为客户端签发它自己的证书：${command} --force。若要原样信任这一张，把它追加到 ${server} 的 ca_file：cat client.crt >> ca.crt`,
    }),
  },
});
