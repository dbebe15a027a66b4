import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly path: string;
  readonly detail: string;
}

export const ambiguousPath = defineFinding<Values>({
  code: 'ambiguous-path',
  severity: 'warning',
  title: {
    en: 'The path means different things to different servers',
    zh: '不同服务器对此路径的理解不同',
  },
  rule: 'RFC 3986 section 6.2.2',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'ambiguous-path');
    return cause === null
      ? null
      : { path: shown(evidence.request?.path ?? ''), detail: shown(cause.detail) };
  },
  texts: {
    en: ({ path, detail }) => ({
      detail: `Where access depends on the path, ${path} is answered 400: ${detail}.`,
      remedy:
        'Let the client write the path plainly: no encoded slash or backslash, no dot segments after decoding, no bad escapes',
    }),
    zh: ({ path, detail }) => ({
      detail: `在访问取决于路径之处，${path} 的回答是 400：${detail}。`,
      remedy: '让客户端以普通形式书写路径：不含编码的斜杠或反斜杠，解码后不含点段，不含错误的转义',
    }),
  },
});
