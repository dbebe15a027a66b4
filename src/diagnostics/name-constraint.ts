import { printGeneralName } from '../pki/general-name.ts';
import { issueCommand, subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { listing } from './listing.ts';
import { shown } from './quoted-word.ts';

interface Values {
  readonly detail: string;
  readonly permitted: readonly string[];
  readonly excluded: readonly string[];
  readonly command: string;
}

export const nameConstraint = defineFinding<Values>({
  code: 'name-constraint',
  severity: 'error',
  title: {
    en: 'The CA may not certify this name',
    zh: 'CA 无权认证此名称',
  },
  rule: 'RFC 5280 section 4.2.1.10',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'name-constraint');
    if (cause === null) return null;
    const constraints = [...evidence.chain.slice(1), ...(evidence.server?.anchors ?? [])]
      .filter((ca) => cause.detail.includes(subjectOf(ca)))
      .flatMap(({ extensions }) => extensions.nameConstraints ?? []);
    return {
      detail: shown(cause.detail),
      permitted: constraints.flatMap(({ permitted }) => permitted.map(printGeneralName)),
      excluded: constraints.flatMap(({ excluded }) => excluded.map(printGeneralName)),
      command: issueCommand(evidence),
    };
  },
  texts: {
    en: ({ detail, permitted, excluded, command }) => ({
      detail: [
        `${detail}.`,
        ...(permitted.length === 0 ? [] : [`It may certify: ${listing(permitted, 'en')}.`]),
        ...(excluded.length === 0 ? [] : [`It may not certify: ${listing(excluded, 'en')}.`]),
      ].join(' '),
      remedy: `Issue the client a certificate with a name that this CA may certify, or by a CA without that constraint: ${command} --force`,
    }),
    zh: ({ detail, permitted, excluded, command }) => ({
      detail: [
        `CA 的名称约束不允许此名称（${detail}）。`,
        ...(permitted.length === 0 ? [] : [`它可以认证：${listing(permitted, 'zh')}。`]),
        ...(excluded.length === 0 ? [] : [`它不得认证：${listing(excluded, 'zh')}。`]),
      ].join(''),
      remedy: `用该 CA 可以认证的名称签发客户端证书，或由没有此约束的 CA 签发：${command} --force`,
    }),
  },
});
