import { timeInDetail } from '../pki/peer-cause.ts';
import { issueCommand, type Place, placeOf, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { span } from './span.ts';

interface Values {
  readonly place: Place;
  readonly subject: string;
  readonly notBefore: number;
  readonly at: number;
  readonly command: string;
}

/** A certificate that starts so soon was most likely made just now, on a machine whose clock is ahead. */
const CLOCK_DIFFERENCE_MS = 86_400_000;

export const notYetValid = defineFinding<Values>({
  code: 'not-yet-valid',
  severity: 'error',
  title: { en: 'The certificate is not valid yet', zh: '证书尚未生效' },
  rule: 'RFC 5280 section 4.1.2.5',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'not-yet-valid');
    const certificate = cause?.certificate ?? evidence.chain[0];
    if (cause === null || certificate === undefined) return null;
    return {
      place: placeOf(certificate, evidence),
      subject: subjectOf(certificate),
      notBefore: certificate.notBefore,
      at: evidence.at,
      command: issueCommand(evidence),
    };
  },
  texts: {
    en: ({ subject, notBefore, at, command }) => ({
      detail: `${subject} is valid from ${timeInDetail(notBefore)}, in ${span(notBefore - at, 'en')} by this machine's clock (${timeInDetail(at)}).`,
      remedy:
        notBefore - at <= CLOCK_DIFFERENCE_MS
          ? 'Compare the clocks of this machine and of the one that issued it: date -u on both. Where they differ, set the wrong one: timedatectl set-ntp true'
          : `Use another certificate until then: ${command}, or ask the CA that issued it`,
    }),
    zh: ({ subject, notBefore, at, command }) => ({
      detail: `${subject} 自 ${timeInDetail(notBefore)} 起生效，按本机时钟（${timeInDetail(at)}）还差 ${span(notBefore - at, 'zh')}。`,
      remedy:
        notBefore - at <= CLOCK_DIFFERENCE_MS
          ? '比较本机与签发机器的时钟：两边各执行 date -u；若不一致，校正错误的一方：timedatectl set-ntp true'
          : `在此之前使用另一张证书：${command}，或请签发它的 CA 处理`,
    }),
  },
});
