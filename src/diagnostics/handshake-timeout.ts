import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';

interface Values {
  /** Whether anything that can be a ClientHello arrived whole. */
  readonly hasHello: boolean;
  readonly asksForCertificate: boolean;
  readonly timeoutMs: number;
  readonly listener: string;
  readonly protocol: string;
}

export const handshakeTimeout = defineFinding<Values>({
  code: 'handshake-timeout',
  severity: 'warning',
  title: {
    en: 'The handshake was not finished in time',
    zh: '握手未在规定时间内完成',
  },
  rule: 'RFC 9325 section 3, RFC 8446 appendix C.4',
  recognise(evidence: Evidence) {
    if (causeOf(evidence, 'handshake-timeout') === null) return null;
    const { record, listener, server } = evidence;
    return {
      hasHello: record.offeredVersions.length > 0,
      asksForCertificate: server !== null && server.mode !== 'false',
      timeoutMs: listener.timeoutMs,
      listener: listener.name,
      protocol: listener.protocol,
    };
  },
  texts: {
    en: ({ hasHello, asksForCertificate, timeoutMs, listener, protocol }) => ({
      detail: hasHello
        ? `The client sent its ClientHello and then nothing that completes the handshake within ${timeoutMs} ms${asksForCertificate ? ': a person may be choosing a certificate or typing a PIN, or large packets get lost on the way' : ': large packets may get lost on the way'}.`
        : `The client opened the connection and sent no whole ClientHello within ${timeoutMs} ms: a health check, a scan, or a client of a protocol in which the server speaks first.`,
      remedy: hasHello
        ? `Give the client more time: timeout: 60s in the tls of ${listener}; where it never gets through, look for a smaller MTU on the way: ping -M do -s 1472 HOST`
        : `Let the client start with TLS: openssl s_client -connect HOST:PORT${protocol === 'nats' ? '' : '; NATS clients that wait for INFO need protocol: nats'}. More time by timeout: 60s in the tls of ${listener}`,
    }),
    zh: ({ hasHello, asksForCertificate, timeoutMs, listener, protocol }) => ({
      detail: hasHello
        ? `客户端发送了 ClientHello，但在 ${timeoutMs} 毫秒内没有完成握手${asksForCertificate ? '：可能有人正在选择证书或输入 PIN，或大数据包在途中丢失' : '：大数据包可能在途中丢失'}。`
        : `客户端建立了连接，但在 ${timeoutMs} 毫秒内没有发送完整的 ClientHello：可能是健康检查、扫描，或服务器先发言的协议的客户端。`,
      remedy: hasHello
        ? `给客户端更多时间：在 ${listener} 的 tls 中设置 timeout: 60s；若始终无法完成，检查途中是否有更小的 MTU：ping -M do -s 1472 HOST`
        : `让客户端以 TLS 开始：openssl s_client -connect HOST:PORT${protocol === 'nats' ? '' : '；等待 INFO 的 NATS 客户端需要 protocol: nats'}。也可在 ${listener} 的 tls 中用 timeout: 60s 放宽时间`,
    }),
  },
});
