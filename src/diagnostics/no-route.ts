import { causeOf, type Evidence, type RequestFacts } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly request: string;
  readonly listener: string;
}

export const noRoute = defineFinding<Values>({
  code: 'no-route',
  severity: 'warning',
  title: { en: 'No route matches the request', zh: '没有路由匹配此请求' },
  rule: 'RFC 9110 section 15.5.5',
  recognise(evidence: Evidence) {
    if (causeOf(evidence, 'no-route') === null || evidence.request === null) return null;
    return { request: printRequest(evidence.request), listener: evidence.listener.name };
  },
  texts: {
    en: ({ request, listener }) => ({
      detail: `The client is admitted, but ${request} is answered 404: no route of ${listener} matches host, path and method.`,
      remedy: `Add a route to ${listener}: routes: [{ match: { path: ... }, upstream: ... }]`,
    }),
    zh: ({ request, listener }) => ({
      detail: `客户端被允许连接，但 ${request} 的回答是 404：${listener} 没有匹配其主机、路径和方法的路由。`,
      remedy: `为 ${listener} 添加路由：routes: [{ match: { path: ... }, upstream: ... }]`,
    }),
  },
});

function printRequest({ method, host, path }: RequestFacts): string {
  return shown(`${method} ${host}${path}`);
}
