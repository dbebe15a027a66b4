import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';

interface Values {
  readonly listener: string;
  readonly protocol: string;
}

export const plainHttp = defineFinding<Values>({
  code: 'plain-http',
  severity: 'warning',
  title: {
    en: 'The client speaks plain HTTP to a TLS port',
    zh: '客户端向 TLS 端口发送明文 HTTP',
  },
  rule: 'RFC 9110 section 4.2.2',
  recognise(evidence: Evidence) {
    if (causeOf(evidence, 'plain-http') === null) return null;
    return { listener: evidence.listener.name, protocol: evidence.listener.protocol };
  },
  texts: {
    en: ({ listener, protocol }) => ({
      detail: `${listener} speaks ${protocol}; the client began with an HTTP request in the clear, such as a URL with http:, a proxy in front that takes TLS off, or a health check.`,
      remedy: `Write https: instead of http: in the client's URL: curl https://... A load balancer in front has to pass TLS through, or a health check has to open TCP alone`,
    }),
    zh: ({ listener, protocol }) => ({
      detail: `${listener} 使用 ${protocol}；客户端却以明文 HTTP 请求开始，例如 URL 写成 http:、前面的代理已终止 TLS，或健康检查。`,
      remedy:
        '把客户端 URL 的 http: 改为 https:：curl https://... 前面的负载均衡须透传 TLS，健康检查只应建立 TCP 连接',
    }),
  },
});
