import type { Certificate } from '../pki/certificate.ts';
import { mayIssue } from '../pki/path.ts';
import { issueCommand, issuerOf, serverOf, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { listing } from './listing.ts';

/** What stands at the end of the presented chain, as seen from the trust bundle. */
type Situation =
  /** A trusted CA has the issuer's name, and another key. */
  | 'other-key'
  /** A trusted CA has name and key, and did not sign. */
  | 'not-signed'
  | 'self-signed'
  /** The client sent its root along. */
  | 'foreign-root'
  | 'not-trusted';

interface Values {
  readonly situation: Situation;
  readonly subject: string;
  readonly issuer: string;
  readonly trusted: readonly string[];
  /** Key identifiers: the one that the certificate names, and the one of the trusted CA. */
  readonly keys: readonly [named: string, trusted: string] | null;
  readonly server: string;
  readonly command: string;
}

export const unknownIssuer = defineFinding<Values>({
  code: 'unknown-issuer',
  severity: 'error',
  title: {
    en: 'The client certificate comes from a CA that is not trusted here',
    zh: '客户端证书由此处不信任的 CA 签发',
  },
  rule: 'RFC 5280 section 6.1',
  recognise,
  texts: {
    en: (values) => ({ detail: detailEn(values), remedy: remedyEn(values) }),
    zh: (values) => ({ detail: detailZh(values), remedy: remedyZh(values) }),
  },
});

function recognise(evidence: Evidence): Values | null {
  const top = causeOf(evidence, 'unknown-issuer')?.certificate ?? null;
  if (top === null) return null;
  const anchors = evidence.server?.anchors ?? [];
  const namesake = anchors.find((anchor) => anchor.canonicalSubject === top.canonicalIssuer);
  return {
    situation: situationOf(top, namesake, evidence),
    subject: subjectOf(top),
    issuer: issuerOf(top),
    trusted: anchors.map(subjectOf),
    keys: namesake === undefined ? null : keysOf(top, namesake),
    server: serverOf(evidence),
    command: issueCommand(evidence),
  };
}

function situationOf(
  top: Certificate,
  namesake: Certificate | undefined,
  evidence: Evidence,
): Situation {
  if (namesake !== undefined) return mayIssue(namesake, top) ? 'not-signed' : 'other-key';
  if (top.canonicalIssuer !== top.canonicalSubject) return 'not-trusted';
  return evidence.chain.findIndex((one) => one.equals(top)) === 0 ? 'self-signed' : 'foreign-root';
}

function keysOf(top: Certificate, namesake: Certificate): readonly [string, string] | null {
  const named = top.extensions.authorityKeyIdentifier?.keyIdentifier ?? null;
  const own = namesake.extensions.subjectKeyIdentifier;
  return named === null || own === null ? null : [short(named), short(own)];
}

function short(identifier: Buffer): string {
  return identifier.subarray(0, 10).toString('hex');
}

function detailEn({ situation, subject, issuer, trusted, keys }: Values): string {
  const trusts = `Trusted issuers: ${listing(trusted, 'en') || 'none'}.`;
  switch (situation) {
    case 'other-key':
    case 'not-signed': {
      const which =
        keys === null || keys[0] === keys[1]
          ? 'its key did not sign this certificate'
          : `its key is ${keys[1]}, the certificate was signed by ${keys[0]}`;
      return `${issuer} is trusted by name, but ${which}: there are two CAs of this name, as when one is made anew.`;
    }
    case 'self-signed':
      return `${subject} is self-signed, and is not itself in the trust bundle. ${trusts}`;
    case 'foreign-root':
      return `The client sent its whole chain, up to the root ${subject}, which is not in the trust bundle. ${trusts}`;
    case 'not-trusted':
      return `${subject} was issued by ${issuer}, which is not in the trust bundle. ${trusts}`;
  }
}

function remedyEn({ situation, issuer, server, command }: Values): string {
  const place = `ca_file of ${server}`;
  switch (situation) {
    case 'other-key':
    case 'not-signed':
      return `Issue the client a certificate with the CA that is trusted now (${command}), or while both are in use append the other one to the ${place}: cat OTHER-CA.crt >> ca.crt`;
    case 'self-signed':
      return `Issue the client a certificate (${command}), or, to trust exactly this one, append it to the ${place}: cat client.crt >> ca.crt`;
    case 'foreign-root':
    case 'not-trusted':
      return `Use a certificate from a trusted issuer (${command}), or, if everyone whom ${issuer} certifies is to be admitted, append its CA certificate to the ${place}: cat OTHER-CA.crt >> ca.crt`;
  }
}

function detailZh({ situation, subject, issuer, trusted, keys }: Values): string {
  const trusts = `受信任的签发者：${listing(trusted, 'zh') || '无'}。`;
  switch (situation) {
    case 'other-key':
    case 'not-signed': {
      const which =
        keys === null || keys[0] === keys[1]
          ? '此证书不是由它的密钥签名的'
          : `它的密钥是 ${keys[1]}，而签发此证书的是 ${keys[0]}`;
      return `信任库中有同名的 ${issuer}，但${which}：存在两个同名的 CA，例如 CA 曾被重新生成。`;
    }
    case 'self-signed':
      return `${subject} 是自签名证书，且它本身不在信任库中。${trusts}`;
    case 'foreign-root':
      return `客户端发送了直到根证书 ${subject} 的完整证书链，但该根不在信任库中。${trusts}`;
    case 'not-trusted':
      return `${subject} 由 ${issuer} 签发，而它不在信任库中。${trusts}`;
  }
}

function remedyZh({ situation, issuer, server, command }: Values): string {
  const place = `${server} 的 ca_file`;
  switch (situation) {
    case 'other-key':
    case 'not-signed':
      return `用现在受信任的 CA 重新签发客户端证书（${command}）；若两个 CA 需同时使用，把另一个追加到 ${place}：cat OTHER-CA.crt >> ca.crt`;
    case 'self-signed':
      return `为客户端签发证书（${command}）；若只信任这一张证书，把它追加到 ${place}：cat client.crt >> ca.crt`;
    case 'foreign-root':
    case 'not-trusted':
      return `使用受信任签发者的证书（${command}）；若 ${issuer} 签发的所有客户端都应被允许，把该 CA 证书追加到 ${place}：cat OTHER-CA.crt >> ca.crt`;
  }
}
