import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly detail: string;
  readonly listener: string;
}

export const noUpstream = defineFinding<Values>({
  code: 'no-upstream',
  severity: 'error',
  title: {
    en: 'The upstream does not answer, and it has to speak first',
    zh: '上游没有应答，而此协议由上游先发言',
  },
  rule: 'NATS client protocol: the server sends INFO first',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'no-upstream');
    return cause === null
      ? null
      : { detail: shown(cause.detail), listener: evidence.listener.name };
  },
  texts: {
    en: ({ detail, listener }) => ({
      detail: `The client can't be greeted before the upstream of ${listener} has said what it is: ${detail}.`,
      remedy: `Start the upstream, or correct its address in the upstream of ${listener}; try it: nc -v HOST PORT shows INFO {...}`,
    }),
    zh: ({ detail, listener }) => ({
      detail: `在 ${listener} 的上游应答之前无法问候客户端：${detail}。`,
      remedy: `启动上游，或更正 ${listener} 的 upstream 地址；可用 nc -v HOST PORT 测试，应显示 INFO {...}`,
    }),
  },
});
