import { serverOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly host: string;
  readonly sni: string | null;
  readonly server: string;
}

export const hostMismatch = defineFinding<Values>({
  code: 'host-mismatch',
  severity: 'warning',
  title: {
    en: 'The request is for another host than the connection',
    zh: '请求的主机与连接的主机不一致',
  },
  rule: 'RFC 9110 section 15.5.20',
  recognise(evidence: Evidence) {
    if (causeOf(evidence, 'host-mismatch') === null) return null;
    const host = shown(evidence.request?.host ?? '');
    return { host, sni: evidence.record.sni, server: serverOf(evidence) };
  },
  texts: {
    en: ({ host, sni, server }) => ({
      detail: `The connection was made ${sni === null ? 'without a server name' : `for ${sni}`} (${server}), the request is for ${host || 'no host'}, which another certificate serves: it may ask other things of its clients, so the request is answered 421.`,
      remedy: `Connect to the host that is asked for: curl https://${host || 'HOST'}/ (not a Host header on another connection); or serve both names by one certificate: snis: [..., ${host || 'HOST'}]`,
    }),
    zh: ({ host, sni, server }) => ({
      detail: `连接${sni === null ? '没有服务器名称' : `是为 ${sni} 建立的`}（${server}），而请求的主机是 ${host || '（无）'}，由另一个证书负责：它对客户端的要求可能不同，因此以 421 回答。`,
      remedy: `连接到所请求的主机：curl https://${host || 'HOST'}/（不要在另一连接上改写 Host 头）；或用同一证书服务两个名称：snis: [..., ${host || 'HOST'}]`,
    }),
  },
});
