import { issueCommand, type Place, placeOf, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';

interface Values {
  readonly place: Place;
  readonly subject: string;
  readonly signature: string;
  readonly key: string;
  readonly isWeakKey: boolean;
  readonly command: string;
}

export const weakSignature = defineFinding<Values>({
  code: 'weak-signature',
  severity: 'error',
  title: {
    en: 'The certificate is signed in a way that can be forged, or its key is too short',
    zh: '证书的签名算法可被伪造，或其密钥太短',
  },
  rule: 'RFC 9155, RFC 9325 section 4.5',
  recognise(evidence: Evidence) {
    const certificate = causeOf(evidence, 'weak-signature')?.certificate ?? null;
    if (certificate === null) return null;
    const { digest, name } = certificate.signatureAlgorithm;
    return {
      place: placeOf(certificate, evidence),
      subject: subjectOf(certificate),
      signature: name,
      key: certificate.publicKey.name,
      isWeakKey: digest !== 'md2' && digest !== 'md5' && digest !== 'sha1',
      command: issueCommand(evidence),
    };
  },
  texts: {
    en: ({ place, subject, signature, key, isWeakKey, command }) => ({
      detail: isWeakKey
        ? `${subject} has a key of the kind ${key}; RSA keys need 2048 bits, and elliptic curves have to be named ones of 224 bits or more.`
        : `${subject} is signed with ${signature}. MD5 and SHA-1 signatures can be forged.`,
      remedy:
        place === 'leaf'
          ? `Issue it anew with a P-256 key and SHA-256: ${command} --force`
          : 'Renew this CA with SHA-256 and a key of P-256 or RSA 2048 at least, and what it issued',
    }),
    zh: ({ place, subject, signature, key, isWeakKey, command }) => ({
      detail: isWeakKey
        ? `${subject} 的密钥为 ${key}；RSA 密钥至少需要 2048 位，椭圆曲线须为 224 位以上的命名曲线。`
        : `${subject} 使用 ${signature} 签名。MD5 和 SHA-1 签名可被伪造。`,
      remedy:
        place === 'leaf'
          ? `用 P-256 密钥和 SHA-256 重新签发：${command} --force`
          : '用 SHA-256 和 P-256（或至少 RSA 2048）密钥续签该 CA 及其签发的证书',
    }),
  },
});
