import type { Certificate } from '../pki/certificate.ts';
import { OID, purposeName } from '../pki/oids.ts';
import { issueCommand, issuerOf, placeOf, serverOf, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { listing } from './listing.ts';
import { shown } from './quoted-word.ts';

type Fault =
  /** Extended key usage for servers, not for clients. */
  | 'server-certificate'
  /** The same, from a CA that the public trusts: they leave clientAuth out now. */
  | 'public-server-certificate'
  /** Extended key usage for something else. */
  | 'other-purpose'
  /** Key usage without digitalSignature. */
  | 'key-usage'
  /** It issued a certificate and is no CA, or may not sign certificates. */
  | 'no-ca'
  /** A CA that may not issue certificates for clients. */
  | 'ca-purpose'
  /** Only OpenSSL says so. */
  | 'unknown';

interface Values {
  readonly fault: Fault;
  readonly subject: string;
  readonly issuer: string;
  readonly purposes: readonly string[];
  readonly detail: string;
  readonly server: string;
  readonly command: string;
}

export const wrongPurpose = defineFinding<Values>({
  code: 'wrong-purpose',
  severity: 'error',
  title: {
    en: 'The certificate is not meant for TLS clients',
    zh: '证书的用途不是 TLS 客户端认证',
  },
  rule: 'RFC 5280 sections 4.2.1.12, 4.2.1.3 and 4.2.1.9',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'wrong-purpose');
    const certificate = cause?.certificate ?? evidence.chain[0];
    if (cause === null || certificate === undefined) return null;
    return {
      fault: faultOf(certificate, evidence),
      subject: subjectOf(certificate),
      issuer: issuerOf(certificate),
      purposes: (certificate.extensions.extendedKeyUsage ?? []).map(purposeName),
      detail: shown(cause.detail),
      server: serverOf(evidence),
      command: issueCommand(evidence),
    };
  },
  texts: {
    en: (values) => ({ detail: detailEn(values), remedy: remedyEn(values) }),
    zh: (values) => ({ detail: detailZh(values), remedy: remedyZh(values) }),
  },
});

function faultOf(certificate: Certificate, evidence: Evidence): Fault {
  const { basicConstraints, keyUsage, extendedKeyUsage } = certificate.extensions;
  const purposes = extendedKeyUsage ?? [OID.clientAuth];
  const lacksClientAuth = !purposes.includes(OID.clientAuth);
  if (placeOf(certificate, evidence) !== 'leaf') {
    if (basicConstraints?.ca !== true || keyUsage?.includes('keyCertSign') === false) {
      return 'no-ca';
    }
    return lacksClientAuth ? 'ca-purpose' : 'unknown';
  }
  if (keyUsage?.includes('digitalSignature') === false && !keyUsage.includes('keyAgreement')) {
    return 'key-usage';
  }
  if (!lacksClientAuth) return 'unknown';
  if (!purposes.includes(OID.serverAuth)) return 'other-purpose';
  return isPublicCa(certificate) ? 'public-server-certificate' : 'server-certificate';
}

/** Organizations whose server certificates browsers trust, in the beginning of their names. */
const PUBLIC_CAS = [
  'let s encrypt',
  'isrg',
  'internet security research group',
  'digicert',
  'google trust services',
  'sectigo',
  'comodo',
  'zerossl',
  'globalsign',
  'godaddy',
  'entrust',
  'amazon',
  'ssl corp',
  'ssl com',
  'certum',
  'asseco',
  'buypass',
  'actalis',
  'harica',
  'swisssign',
  'identrust',
  'microsoft corporation',
  'trustasia',
  'geotrust',
];

function isPublicCa(certificate: Certificate): boolean {
  const organization = certificate.issuer.flat().find(({ type }) => type === OID.organization);
  const words = (organization?.value ?? '')
    .slice(0, 100)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ');
  return PUBLIC_CAS.some((name) => words === name || words.startsWith(`${name} `));
}

function detailEn({ fault, subject, issuer, purposes, detail }: Values): string {
  const list = listing(purposes, 'en');
  switch (fault) {
    case 'server-certificate':
      return `${subject} is a server certificate: its extended key usage is ${list}, without clientAuth.`;
    case 'public-server-certificate':
      return `${subject} is a server certificate of a public CA (${issuer}): its extended key usage is ${list}, without clientAuth. Public CAs leave clientAuth out of the certificates they renew (Let's Encrypt since February 2026, the others by March 2027), so that a client whose certificate worked until now is refused after a renewal.`;
    case 'other-purpose':
      return `${subject} is for ${list}: its extended key usage lacks clientAuth.`;
    case 'key-usage':
      return `${subject} may not sign a handshake: its key usage lacks digitalSignature (${detail}).`;
    case 'no-ca':
      return `A certificate that stands above the client's is not allowed to issue any: ${detail}.`;
    case 'ca-purpose':
      return `The CA ${subject} may not issue client certificates: its extended key usage is ${list}, and a certificate has no purpose that the CA above it lacks.`;
    case 'unknown':
      return `${subject} does not have the purpose of a TLS client (${detail}).`;
  }
}

function remedyEn({ fault, server, command }: Values): string {
  switch (fault) {
    case 'public-server-certificate':
      return `Issue client certificates by a CA of your own: ${command} --force, with its ca.crt as ca_file of ${server}`;
    case 'server-certificate':
    case 'other-purpose':
    case 'key-usage':
    case 'unknown':
      return `Issue the client a certificate for clients: ${command} --force, or with OpenSSL -addext extendedKeyUsage=clientAuth -addext keyUsage=digitalSignature`;
    case 'no-ca':
      return `Have the client certificate issued by a CA (basicConstraints CA:TRUE, keyUsage keyCertSign): ${command} --force`;
    case 'ca-purpose':
      return `Have the client certificate issued by a CA without extended key usage, or with clientAuth in it: ${command} --force`;
  }
}

function detailZh({ fault, subject, issuer, purposes, detail }: Values): string {
  const list = listing(purposes, 'zh');
  switch (fault) {
    case 'server-certificate':
      return `${subject} 是服务器证书：其扩展密钥用途为 ${list}，不含 clientAuth。`;
    case 'public-server-certificate':
      return `${subject} 是公共 CA（${issuer}）的服务器证书：其扩展密钥用途为 ${list}，不含 clientAuth。公共 CA 续签的证书不再包含 clientAuth（Let's Encrypt 自 2026 年 2 月起，其他 CA 不晚于 2027 年 3 月），因此以前可用的客户端在续签后会被拒绝。`;
    case 'other-purpose':
      return `${subject} 的用途是 ${list}：其扩展密钥用途不含 clientAuth。`;
    case 'key-usage':
      return `${subject} 不得为握手签名：其密钥用途不含 digitalSignature（${detail}）。`;
    case 'no-ca':
      return `位于客户端证书之上的一张证书无权签发证书：${detail}。`;
    case 'ca-purpose':
      return `CA ${subject} 不得签发客户端证书：其扩展密钥用途为 ${list}，而证书不能具有其上级 CA 所没有的用途。`;
    case 'unknown':
      return `${subject} 不具有 TLS 客户端的用途（${detail}）。`;
  }
}

function remedyZh({ fault, server, command }: Values): string {
  switch (fault) {
    case 'public-server-certificate':
      return `用自己的 CA 签发客户端证书：${command} --force，并把该 CA 的 ca.crt 设为 ${server} 的 ca_file`;
    case 'server-certificate':
    case 'other-purpose':
    case 'key-usage':
    case 'unknown':
      return `为客户端签发客户端用途的证书：${command} --force，或在 OpenSSL 中使用 -addext extendedKeyUsage=clientAuth -addext keyUsage=digitalSignature`;
    case 'no-ca':
      return `由真正的 CA（basicConstraints CA:TRUE、keyUsage keyCertSign）签发客户端证书：${command} --force`;
    case 'ca-purpose':
      return `由没有扩展密钥用途、或其中含 clientAuth 的 CA 签发客户端证书：${command} --force`;
  }
}
