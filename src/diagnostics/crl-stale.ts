import { issuerOf, serverOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly issuer: string;
  readonly detail: string;
  readonly server: string;
}

export const crlStale = defineFinding<Values>({
  code: 'crl-stale',
  severity: 'error',
  title: {
    en: 'The revocation list is out of date',
    zh: '吊销列表（CRL）已过期',
  },
  rule: 'RFC 5280 section 5.1.2.5',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'crl-stale');
    const certificate = cause?.certificate ?? evidence.chain[0];
    if (cause === null || certificate === undefined) return null;
    return {
      issuer: issuerOf(certificate),
      detail: shown(cause.detail),
      server: serverOf(evidence),
    };
  },
  texts: {
    en: ({ issuer, detail, server }) => ({
      detail: `Whether the certificate was revoked can't be said: the list of ${issuer} is no longer current (${detail}).`,
      remedy: `Put the current list of ${issuer} into the crl_file of ${server}; countersign crl --out ca.crl writes it where the CA is one of ours`,
    }),
    zh: ({ issuer, detail, server }) => ({
      detail: `无法判断证书是否已被吊销：${issuer} 的吊销列表已不是最新（${detail}）。`,
      remedy: `把 ${issuer} 的最新列表放入 ${server} 的 crl_file；若该 CA 由本工具管理，用 countersign crl --out ca.crl 生成`,
    }),
  },
});
