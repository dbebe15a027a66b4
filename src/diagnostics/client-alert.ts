import { timeInDetail } from '../pki/peer-cause.ts';
import { serverOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { listing } from './listing.ts';
import { shellWord, shown } from './quoted-word.ts';
import { type ServerChain, serverChainOf, type ServerFault } from './server-chain.ts';

/** What a client means by its alert (RFC 8446 section 6.2). */
type Meaning =
  /** It does not trust our certificate. */
  | 'distrust'
  /** It takes the certificate for expired. */
  | 'expired'
  /** It wants other versions, suites, groups or extensions. */
  | 'parameters'
  /** Somebody stopped it. */
  | 'stopped'
  /** It takes what was sent to it for faulty. */
  | 'fault';

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['unknown_ca', 'distrust'],
  ['bad_certificate', 'distrust'],
  ['certificate_unknown', 'distrust'],
  ['unsupported_certificate', 'distrust'],
  ['certificate_revoked', 'distrust'],
  ['bad_certificate_status_response', 'distrust'],
  ['access_denied', 'distrust'],
  ['certificate_expired', 'expired'],
  ['handshake_failure', 'parameters'],
  ['insufficient_security', 'parameters'],
  ['protocol_version', 'parameters'],
  ['illegal_parameter', 'parameters'],
  ['missing_extension', 'parameters'],
  ['unsupported_extension', 'parameters'],
  ['no_application_protocol', 'parameters'],
  ['inappropriate_fallback', 'parameters'],
  ['close_notify', 'stopped'],
  ['user_canceled', 'stopped'],
]);

interface Values {
  readonly alert: string;
  readonly meaning: Meaning;
  readonly chain: ServerChain | null;
  readonly server: string;
  readonly sni: string | null;
}

export const clientAlert = defineFinding<Values>({
  code: 'client-alert',
  severity: 'error',
  title: {
    en: 'The client refused the gateway, by an alert',
    zh: '客户端以警报拒绝了网关',
  },
  rule: 'RFC 8446 section 6.2',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'client-alert');
    if (cause === null) return null;
    return {
      alert: shown(cause.detail),
      meaning: MEANINGS.get(cause.detail) ?? 'fault',
      chain: serverChainOf(evidence),
      server: serverOf(evidence),
      sni: evidence.record.sni,
    };
  },
  texts: {
    en: (values) => ({ detail: detailEn(values), remedy: remedyEn(values) }),
    zh: (values) => ({ detail: detailZh(values), remedy: remedyZh(values) }),
  },
});

function detailEn({ alert, meaning, chain, server, sni }: Values): string {
  const said = `The client answered with the alert ${alert}:`;
  if (meaning === 'parameters') {
    return `${said} it does not want the TLS version, cipher suite or extension that was chosen.`;
  }
  if (meaning === 'stopped') return `${said} it, or the person at it, broke off.`;
  if (meaning === 'fault') return `${said} it takes what the gateway sent for faulty.`;
  if (chain === null) return `${said} it does not trust ${server}.`;
  const faults = chain.faults.map((fault) => faultEn(fault, sni));
  const what =
    meaning === 'expired' && !chain.faults.some(({ kind }) => kind === 'expired')
      ? `by its clock a certificate of ${server} has expired, by this machine's the leaf has not.`
      : `it does not trust ${server} (${chain.subject}). It was shown ${chain.length === 1 ? 'one certificate' : `${chain.length} certificates`}, and has to trust ${chain.root}.`;
  return [said, what, ...faults].join(' ');
}

function faultEn(fault: ServerFault, sni: string | null): string {
  switch (fault.kind) {
    case 'expired':
      return `Our certificate expired at ${timeInDetail(fault.at)}.`;
    case 'not-yet-valid':
      return `Our certificate is valid from ${timeInDetail(fault.at)} on.`;
    case 'other-name':
      return `The client asked for ${sni}, our certificate is for ${
        listing(
          fault.names.map((name) => shown(name)),
          'en',
        ) || 'no DNS name'
      }.`;
    case 'no-san':
      return 'Our certificate has no subject alternative name, and clients of today compare nothing else.';
    case 'not-for-servers':
      return 'Our certificate lacks serverAuth in its extended key usage.';
  }
}

function remedyEn({ meaning, chain, sni }: Values): string {
  switch (meaning) {
    case 'parameters':
      return 'Let the client offer TLS 1.2 or 1.3 with its usual suites, without --ciphers or --curves; its own error names what it misses';
    case 'stopped':
      return 'Nothing has to be done unless a client complains';
    case 'fault':
      return 'Ask the client for its own error, and try from its machine: openssl s_client -connect HOST:PORT -CAfile ca.crt';
    case 'expired':
    case 'distrust': {
      if (chain !== null && chain.faults.length > 0) {
        return `Issue the server certificate anew: countersign issue server ${shellWord(sni ?? 'NAME')} --force`;
      }
      const root = chain === null ? 'the CA of the server certificate' : `the CA ${chain.root}`;
      return meaning === 'expired'
        ? `Compare the clocks: date -u on both machines; renew ${root} if it has expired`
        : `Give the client the certificate of ${root}: curl --cacert ca.crt ..., openssl s_client -CAfile ca.crt, NODE_EXTRA_CA_CERTS=ca.crt, SSL_CERT_FILE=ca.crt`;
    }
  }
}

function detailZh({ alert, meaning, chain, server, sni }: Values): string {
  const said = `客户端以警报 ${alert} 回答：`;
  if (meaning === 'parameters') return `${said}它不接受所选的 TLS 版本、密码套件或扩展。`;
  if (meaning === 'stopped') return `${said}它或其使用者中断了连接。`;
  if (meaning === 'fault') return `${said}它认为网关发送的内容有误。`;
  if (chain === null) return `${said}它不信任 ${server}。`;
  const faults = chain.faults.map((fault) => faultZh(fault, sni));
  const what =
    meaning === 'expired' && !chain.faults.some(({ kind }) => kind === 'expired')
      ? `按它的时钟，${server} 的某张证书已过期；按本机时钟，叶证书未过期。`
      : `它不信任 ${server}（${chain.subject}）。它收到 ${chain.length} 张证书，需要信任 ${chain.root}。`;
  return [said, what, ...faults].join('');
}

function faultZh(fault: ServerFault, sni: string | null): string {
  switch (fault.kind) {
    case 'expired':
      return `我方证书已于 ${timeInDetail(fault.at)} 过期。`;
    case 'not-yet-valid':
      return `我方证书自 ${timeInDetail(fault.at)} 起才生效。`;
    case 'other-name':
      return `客户端请求 ${sni}，而我方证书属于 ${
        listing(
          fault.names.map((name) => shown(name)),
          'zh',
        ) || '（无 DNS 名）'
      }。`;
    case 'no-san':
      return '我方证书没有主题备用名称（SAN），而如今的客户端只比较它。';
    case 'not-for-servers':
      return '我方证书的扩展密钥用途不含 serverAuth。';
  }
}

function remedyZh({ meaning, chain, sni }: Values): string {
  switch (meaning) {
    case 'parameters':
      return '让客户端以其默认套件提供 TLS 1.2 或 1.3，不加 --ciphers 或 --curves；它自己的错误会说明缺少什么';
    case 'stopped':
      return '除非有客户端报告问题，否则无需处理';
    case 'fault':
      return '查看客户端自己的错误，并在其机器上尝试：openssl s_client -connect HOST:PORT -CAfile ca.crt';
    case 'expired':
    case 'distrust': {
      if (chain !== null && chain.faults.length > 0) {
        return `重新签发服务器证书：countersign issue server ${shellWord(sni ?? 'NAME')} --force`;
      }
      const root = chain === null ? '服务器证书的 CA' : `CA ${chain.root}`;
      return meaning === 'expired'
        ? `比较时钟：在两台机器上执行 date -u；若 ${root} 已过期则续签`
        : `把 ${root} 的证书交给客户端：curl --cacert ca.crt ...、openssl s_client -CAfile ca.crt、NODE_EXTRA_CA_CERTS=ca.crt、SSL_CERT_FILE=ca.crt`;
    }
  }
}
