import { timeInDetail } from '../pki/peer-cause.ts';
import { issueCommand, type Place, placeOf, serverOf, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { span } from './span.ts';

interface Values {
  readonly place: Place;
  readonly subject: string;
  readonly notAfter: number;
  readonly at: number;
  readonly server: string;
  readonly command: string;
}

export const expired = defineFinding<Values>({
  code: 'expired',
  severity: 'error',
  title: { en: 'The certificate has expired', zh: '证书已过期' },
  rule: 'RFC 5280 section 4.1.2.5',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'expired');
    const certificate = cause?.certificate ?? evidence.chain[0];
    if (cause === null || certificate === undefined) return null;
    return {
      place: placeOf(certificate, evidence),
      subject: subjectOf(certificate),
      notAfter: certificate.notAfter,
      at: evidence.at,
      server: serverOf(evidence),
      command: issueCommand(evidence),
    };
  },
  texts: {
    en: ({ place, subject, notAfter, at, server, command }) => ({
      detail: `${NOUN_EN[place]} ${subject} expired at ${timeInDetail(notAfter)}, ${span(at - notAfter, 'en')} ago by this machine's clock (${timeInDetail(at)}).`,
      remedy: {
        leaf: `Renew it: ${command} --force, or ask the CA that issued it`,
        intermediate:
          'Let the client send the renewed certificate of this CA behind its own: cat client.crt intermediate.crt > chain.crt',
        anchor: `Put the renewed certificate of this CA into the ca_file of ${server}`,
      }[place],
    }),
    zh: ({ place, subject, notAfter, at, server, command }) => ({
      detail: `${NOUN_ZH[place]} ${subject} 已于 ${timeInDetail(notAfter)} 过期，按本机时钟（${timeInDetail(at)}）已过去 ${span(at - notAfter, 'zh')}。`,
      remedy: {
        leaf: `续签：${command} --force，或请签发它的 CA 续签`,
        intermediate:
          '让客户端在自己的证书之后附上该 CA 续签后的证书：cat client.crt intermediate.crt > chain.crt',
        anchor: `把该 CA 续签后的证书放入 ${server} 的 ca_file`,
      }[place],
    }),
  },
});

const NOUN_EN: Readonly<Record<Place, string>> = {
  leaf: 'The client certificate',
  intermediate: 'The intermediate certificate',
  anchor: 'The trust anchor',
};

const NOUN_ZH: Readonly<Record<Place, string>> = {
  leaf: '客户端证书',
  intermediate: '中间证书',
  anchor: '信任锚',
};
