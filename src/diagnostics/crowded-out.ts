import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';

interface Values {
  readonly listener: string;
  readonly most: number;
}

export const crowdedOut = defineFinding<Values>({
  code: 'crowded-out',
  severity: 'warning',
  title: {
    en: 'Too many handshakes at a time: the oldest was given up',
    zh: '同时进行的握手过多：最早的一个被放弃',
  },
  rule: 'RFC 8446 appendix C.4',
  recognise(evidence: Evidence) {
    if (causeOf(evidence, 'crowded-out') === null) return null;
    const { name, maxInFlight } = evidence.listener;
    return { listener: name, most: maxInFlight };
  },
  texts: {
    en: ({ listener, most }) => ({
      detail: `${most} handshakes were in flight on ${listener}, and one more came; this one had been in flight longest. Many clients are connecting at once, or someone opens connections and lets them wait.`,
      remedy: `Where the clients are yours: limits: { handshakes: ${2 * most} } on ${listener}; where they are not, bound them by address: limits: { connections_per_address: 100 }`,
    }),
    zh: ({ listener, most }) => ({
      detail: `${listener} 上已有 ${most} 个握手在进行，又来了一个；此连接等待最久。许多客户端同时连接，或有人打开连接后搁置。`,
      remedy: `若是自己的客户端：在 ${listener} 上设置 limits: { handshakes: ${2 * most} }；否则按地址限制：limits: { connections_per_address: 100 }`,
    }),
  },
});
