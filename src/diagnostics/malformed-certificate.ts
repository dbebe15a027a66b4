import { issueCommand } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly detail: string;
  readonly command: string;
}

export const malformedCertificate = defineFinding<Values>({
  code: 'malformed-certificate',
  severity: 'error',
  title: {
    en: 'The certificate is not well-formed',
    zh: '证书格式不正确',
  },
  rule: 'RFC 5280 section 4.1, ITU-T X.690 section 10',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'malformed-certificate');
    return cause === null ? null : { detail: shown(cause.detail), command: issueCommand(evidence) };
  },
  texts: {
    en: ({ detail, command }) => ({
      detail: `What the client sent as its certificate breaks the rules of X.509 or of DER: ${detail}. Old issuing programs write wrong lengths, empty extensions or times in the wrong form.`,
      remedy: `Look at it with countersign inspect client.crt, and have it issued anew by another program: ${command}`,
    }),
    zh: ({ detail, command }) => ({
      detail: `客户端作为证书发送的内容不符合 X.509 或 DER 的规则：${detail}。旧的签发程序会写出错误的长度、空扩展或错误的时间格式。`,
      remedy: `用 countersign inspect client.crt 查看，并用其他程序重新签发：${command}`,
    }),
  },
});
