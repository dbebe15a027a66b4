import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly detail: string;
  readonly hasHello: boolean;
}

export const malformed = defineFinding<Values>({
  code: 'malformed',
  severity: 'warning',
  title: {
    en: 'What the client sent is no well-formed TLS handshake',
    zh: '客户端发送的内容不是正确的 TLS 握手',
  },
  rule: 'RFC 8446 sections 4 and 6.2',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'malformed');
    if (cause === null) return null;
    return {
      detail: shown(cause.detail),
      hasHello: evidence.record.offeredVersions.length > 0,
    };
  },
  texts: {
    en: ({ detail, hasHello }) => ({
      detail: `${hasHello ? 'After its ClientHello the client sent' : 'The client sent'} what TLS does not allow (${detail}): a certificate that can't be read, a key that is not the certificate's, a faulty TLS library, something on the way that changes bytes, or a scanner.`,
      remedy: `Try from the client's machine with another program: openssl s_client -connect HOST:PORT -cert client.crt -key client.key; look at the certificate: countersign inspect client.crt`,
    }),
    zh: ({ detail, hasHello }) => ({
      detail: `${hasHello ? '客户端在 ClientHello 之后发送了' : '客户端发送了'} TLS 不允许的内容（${detail}）：无法读取的证书、与证书不符的私钥、有缺陷的 TLS 库、途中有设备改动字节，或扫描器。`,
      remedy:
        '在客户端机器上用其他程序尝试：openssl s_client -connect HOST:PORT -cert client.crt -key client.key；查看证书：countersign inspect client.crt',
    }),
  },
});
