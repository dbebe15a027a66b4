import { followNames } from '../pki/path.ts';
import { placeOf, serverOf, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  /** The configured bound; null: a CA's own bound was broken. */
  readonly depth: number | null;
  readonly intermediates: number;
  readonly subject: string;
  readonly detail: string;
  readonly server: string;
}

export const chainTooDeep = defineFinding<Values>({
  code: 'chain-too-deep',
  severity: 'error',
  title: {
    en: 'There are more intermediates than allowed',
    zh: '中间证书的层数超出限制',
  },
  rule: 'RFC 5280 section 4.2.1.9',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'chain-too-deep');
    const certificate = cause?.certificate ?? evidence.chain[0];
    if (cause === null || certificate === undefined) return null;
    const isConfigured = placeOf(certificate, evidence) === 'leaf';
    return {
      depth: isConfigured ? (evidence.server?.depth ?? null) : null,
      intermediates: intermediatesOf(evidence),
      subject: subjectOf(certificate),
      detail: shown(cause.detail),
      server: serverOf(evidence),
    };
  },
  texts: {
    en: ({ depth, intermediates, subject, detail, server }) =>
      depth === null
        ? {
            detail: `A CA does not allow so many CAs below it: ${detail}.`,
            remedy: `Have the client certificate issued nearer to ${subject}, or renew that CA with a larger pathLenConstraint`,
          }
        : {
            detail: `Intermediates between ${subject} and the trust anchor: ${intermediates}; ${server} allows ${depth} (depth).`,
            remedy: `Set depth: ${intermediates} for ${server}, or put the intermediate that issues the clients' certificates into its ca_file: what stands above it no longer counts`,
          },
    zh: ({ depth, intermediates, subject, detail, server }) =>
      depth === null
        ? {
            detail: `某个 CA 不允许其下有这么多层 CA:${detail}。`,
            remedy: `由更接近 ${subject} 的 CA 签发客户端证书，或以更大的 pathLenConstraint 续签该 CA`,
          }
        : {
            detail: `${subject} 与信任锚之间有 ${intermediates} 张中间证书；${server} 允许 ${depth} 张（depth）。`,
            remedy: `为 ${server} 设置 depth: ${intermediates}，或把签发客户端证书的中间 CA 放入其 ca_file：其上的层数不再计算`,
          },
  },
});

function intermediatesOf({ chain, server }: Evidence): number {
  const leaf = chain[0];
  if (leaf === undefined) return 0;
  const anchors = server?.anchors ?? [];
  const above = followNames(leaf, chain.slice(1)).slice(1);
  return above.filter((one) => !anchors.some((anchor) => anchor.equals(one))).length;
}
