import { causeOf, type Evidence } from './evidence.ts';
import { serverOf } from './certificate-words.ts';
import { defineFinding } from './finding.ts';
import { listing } from './listing.ts';
import { shown } from './quoted-word.ts';

/** What the two sides have none of in common. */
type Parameter = 'version' | 'cipher' | 'group' | 'signature' | 'alpn';

interface Values {
  readonly parameter: Parameter;
  readonly offered: readonly string[];
  /** What is taken here. */
  readonly taken: string;
  readonly server: string;
  readonly detail: string;
}

export const noSharedParameters = defineFinding<Values>({
  code: 'no-shared-parameters',
  severity: 'warning',
  title: {
    en: 'Client and gateway have no TLS parameters in common',
    zh: '客户端与网关没有共同的 TLS 参数',
  },
  rule: 'RFC 8446 section 4.1.1, RFC 7301 section 3.2',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'no-shared-parameters');
    if (cause === null) return null;
    const parameter = parameterOf(cause.detail);
    return {
      parameter,
      offered: offeredOf(parameter, evidence).map((text) => shown(text)),
      taken: takenOf(parameter, evidence),
      server: serverOf(evidence),
      detail: shown(cause.detail),
    };
  },
  texts: {
    en: (values) => ({
      detail: `No common ${NOUNS[values.parameter].en} (OpenSSL: ${values.detail}). The client offers: ${listing(values.offered, 'en', 8) || 'nothing'}. ${values.server} takes: ${values.taken}.`,
      remedy: remedyEn(values),
    }),
    zh: (values) => ({
      detail: `没有共同的${NOUNS[values.parameter].zh}（OpenSSL：${values.detail}）。客户端提供：${listing(values.offered, 'zh', 8) || '无'}。${values.server} 接受：${values.taken}。`,
      remedy: remedyZh(values),
    }),
  },
});

const NOUNS: Readonly<Record<Parameter, { readonly en: string; readonly zh: string }>> = {
  version: { en: 'TLS version', zh: 'TLS 版本' },
  cipher: { en: 'cipher suite', zh: '密码套件' },
  group: { en: 'key-exchange group', zh: '密钥交换组' },
  signature: {
    en: 'signature algorithm for the keys of both sides',
    zh: '适用于双方密钥的签名算法',
  },
  alpn: { en: 'application protocol', zh: '应用层协议（ALPN）' },
};

/** Numbers that stand among the suites and are none: RFC 5746 and RFC 7507. */
const SIGNALS: ReadonlySet<string> = new Set(['0x00ff', '0x5600']);

/** OpenSSL's reason, in small letters and words. */
function parameterOf(reason: string): Parameter {
  if (/version|protocol/.test(reason) && !reason.includes('application')) return 'version';
  if (reason.includes('application protocol')) return 'alpn';
  if (/group|key share/.test(reason)) return 'group';
  if (/signature|key too small/.test(reason)) return 'signature';
  return 'cipher';
}

function offeredOf(parameter: Parameter, { record }: Evidence): readonly string[] {
  switch (parameter) {
    case 'version':
      return record.offeredVersions;
    case 'cipher':
      return record.offeredCiphers.filter((suite) => !SIGNALS.has(suite));
    case 'group':
      return record.offeredGroups;
    case 'alpn':
      return record.offeredAlpn;
    case 'signature':
      return record.offeredVersions;
  }
}

function takenOf(parameter: Parameter, { server, listener }: Evidence): string {
  switch (parameter) {
    case 'version':
      return server?.minVersion === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2, TLSv1.3';
    case 'cipher':
      return `ECDHE with AES-GCM or ChaCha20-Poly1305, for a key of the kind ${server?.chain[0]?.publicKey.name ?? 'unknown'}`;
    case 'group':
      return 'X25519MLKEM768, x25519, secp256r1, x448, secp384r1, secp521r1, ffdhe2048, ffdhe3072';
    case 'alpn':
      return listener.alpn.join(', ');
    case 'signature':
      return `SHA-256 or stronger, for a key of the kind ${server?.chain[0]?.publicKey.name ?? 'unknown'}`;
  }
}

function remedyEn({ parameter, server }: Values): string {
  switch (parameter) {
    case 'version':
      return `Let the client speak TLS 1.2 or 1.3: curl --tlsv1.2 ..., a newer TLS library; where it can speak TLS 1.2 and ${server} asks for 1.3: min_version: "1.2"`;
    case 'cipher':
      return 'Let the client offer forward-secret suites: openssl s_client -cipher ECDHE ..., curl without --ciphers. A client that knows only one of RSA and ECDSA needs a server certificate of that kind: countersign issue server NAME --key-type rsa2048';
    case 'group':
      return 'Let the client offer x25519 or secp256r1: openssl s_client -groups X25519:P-256 ..., curl without --curves';
    case 'alpn':
      return 'Let the client offer http/1.1 or h2, or nothing: curl --http1.1 ..., openssl s_client -alpn http/1.1';
    case 'signature':
      return 'Let the client offer SHA-256 signatures for the kind of key that the server certificate has, or give the server a P-256 key: countersign issue server NAME --key-type p256';
  }
}

function remedyZh({ parameter, server }: Values): string {
  switch (parameter) {
    case 'version':
      return `让客户端使用 TLS 1.2 或 1.3：curl --tlsv1.2 ...，或更新其 TLS 库；若客户端支持 TLS 1.2 而 ${server} 要求 1.3：min_version: "1.2"`;
    case 'cipher':
      return '让客户端提供前向保密的套件：openssl s_client -cipher ECDHE ...，curl 不加 --ciphers。只支持 RSA 或只支持 ECDSA 的客户端需要相应类型的服务器证书：countersign issue server NAME --key-type rsa2048';
    case 'group':
      return '让客户端提供 x25519 或 secp256r1:openssl s_client -groups X25519:P-256 ...，curl 不加 --curves';
    case 'alpn':
      return '让客户端提供 http/1.1 或 h2，或不提供：curl --http1.1 ...，openssl s_client -alpn http/1.1';
    case 'signature':
      return '让客户端提供适用于服务器证书密钥类型的 SHA-256 签名算法，或为服务器换用 P-256 密钥：countersign issue server NAME --key-type p256';
  }
}
