import { issuerOf, serverOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly hasHello: boolean;
  readonly detail: string;
  readonly server: string;
  /** Who issued the last certificate of the chain that the client was shown; null: unknown. */
  readonly issuer: string | null;
}

export const clientClosed = defineFinding<Values>({
  code: 'client-closed',
  severity: 'warning',
  title: {
    en: 'The client went away during the handshake',
    zh: '客户端在握手期间断开了连接',
  },
  rule: 'RFC 8446 section 6.1',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'client-closed');
    if (cause === null) return null;
    const last = evidence.server?.chain.at(-1);
    return {
      hasHello: evidence.record.offeredVersions.length > 0,
      detail: shown(cause.detail),
      server: serverOf(evidence),
      issuer: last === undefined ? null : issuerOf(last),
    };
  },
  texts: {
    en: ({ hasHello, detail, server, issuer }) => ({
      detail: hasHello
        ? `The client closed after it had seen ${server}${issuer === null ? '' : ` (issued by ${issuer})`}, without an alert that says why (${detail}). Usually it does not trust that certificate, or was stopped.`
        : `The client closed before it sent a ClientHello (${detail}): a health check, a scan, or a client that was stopped.`,
      remedy: hasHello
        ? 'Ask the client for its own error; try from its machine: openssl s_client -connect HOST:PORT -CAfile ca.crt -verify_return_error'
        : 'Nothing has to be done unless a client complains',
    }),
    zh: ({ hasHello, detail, server, issuer }) => ({
      detail: hasHello
        ? `客户端看到 ${server}${issuer === null ? '' : `（由 ${issuer} 签发）`} 之后断开，没有发送说明原因的警报（${detail}）。通常是它不信任该证书，或已被终止。`
        : `客户端在发送 ClientHello 之前断开（${detail}）：健康检查、扫描，或已被终止的客户端。`,
      remedy: hasHello
        ? '查看客户端自己的错误；在其机器上尝试：openssl s_client -connect HOST:PORT -CAfile ca.crt -verify_return_error'
        : '除非有客户端报告问题，否则无需处理',
    }),
  },
});
