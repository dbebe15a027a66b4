import type { Candidate } from '../identity/candidate.ts';
import { subjectOf } from './certificate-words.ts';
import { causeOf, type Evidence } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { listing } from './listing.ts';
import { type Difference, type NearUser, nearestUsers } from './nearest-users.ts';
import { shown, yamlText } from './quoted-word.ts';

interface Values {
  readonly subject: string;
  /** In the order in which they are tried. */
  readonly candidates: readonly string[];
  readonly near: readonly NearUser[];
  readonly userCount: number;
  /** What to write into the configuration; null: the certificate can't be matched by anything. */
  readonly user: string | null;
}

export const noUserMatches = defineFinding<Values>({
  code: 'no-user-matches',
  severity: 'error',
  title: {
    en: 'The certificate matches no configured user',
    zh: '证书不对应任何已配置的用户',
  },
  rule: 'RFC 5280 sections 4.1.2.6 and 4.2.1.6, RFC 4514',
  recognise(evidence: Evidence) {
    const leaf = evidence.chain[0];
    if (causeOf(evidence, 'no-user-matches') === null || leaf === undefined) return null;
    const { candidates, near } = nearestUsers(leaf, evidence.users);
    return {
      subject: subjectOf(leaf),
      candidates: candidates.map(printCandidate),
      near,
      userCount: evidence.users.names.length,
      user: suggestion(candidates, near),
    };
  },
  texts: {
    en: ({ subject, candidates, near, userCount, user }) => ({
      detail: [
        candidates.length === 0
          ? `${subject} has no name that users are matched by (SAN email, DNS name or URI, or a subject of common attributes).`
          : `Tried in this order, and none is ${userCount === 1 ? 'the one configured user' : `one of the ${userCount} users`}: ${numbered(candidates)}.`,
        ...near.map((one) => `Near: the user ${shown(one.user)}: ${differenceEn(one.difference)}.`),
      ].join(' '),
      remedy:
        user === null
          ? 'Issue the certificate with a name: countersign issue client NAME --email NAME@example.com'
          : `Add the user under authorization.users${near.length === 0 ? '' : ', or correct the near one'}: - user: ${user}`,
    }),
    zh: ({ subject, candidates, near, userCount, user }) => ({
      detail: [
        candidates.length === 0
          ? `${subject} 没有可用于匹配用户的名称（SAN 中的邮箱、DNS 名、URI，或由常见属性组成的主题）。`
          : `按此顺序尝试，均不是 ${userCount} 个用户之一：${numbered(candidates)}。`,
        ...near.map((one) => `相近的用户 ${shown(one.user)}:${differenceZh(one.difference)}。`),
      ].join(''),
      remedy:
        user === null
          ? '签发带名称的证书：countersign issue client NAME --email NAME@example.com'
          : `在 authorization.users 下添加该用户${near.length === 0 ? '' : '，或更正相近的用户'}：- user: ${user}`,
    }),
  },
});

const LABELS: Readonly<Record<Candidate['kind'], string>> = {
  email: 'email',
  dns: 'DNS',
  uri: 'URI',
  dn: 'subject',
  'dn-nats-dc': 'subject (nats-server, with DC)',
  'dn-nats': 'subject (nats-server)',
};

/** The name to configure: where a user is nearly the subject, the subject; otherwise what is tried first. */
function suggestion(candidates: readonly Candidate[], near: readonly NearUser[]): string | null {
  const isSubject = near.at(0)?.user.includes('=') ?? false;
  const subject = isSubject ? candidates.find(({ kind }) => kind === 'dn') : undefined;
  const chosen = subject ?? candidates.at(0);
  return chosen === undefined ? null : yamlText(chosen.value);
}

function printCandidate({ kind, value }: Candidate): string {
  return `${LABELS[kind]} ${shown(value)}`;
}

function numbered(texts: readonly string[]): string {
  return listing(
    texts.map((text, index) => `${index + 1}. ${text}`),
    'en',
    8,
  );
}

function differenceEn(difference: Difference): string {
  switch (difference.kind) {
    case 'case':
      return 'it differs in capital and small letters alone, and these count';
    case 'order':
      return 'it has the same attributes, divided differently (a multi-valued RDN is joined by +, levels by commas)';
    case 'certificate-has-more':
      return `the certificate has ${shown(difference.attribute)} besides`;
    case 'user-has-more':
      return `the certificate lacks ${shown(difference.attribute)}`;
    case 'not-compared':
      return `the certificate has it as ${difference.place}, which is not compared`;
  }
}

function differenceZh(difference: Difference): string {
  switch (difference.kind) {
    case 'case':
      return '仅大小写不同，而大小写是区分的';
    case 'order':
      return '属性相同，但层次划分不同（多值 RDN 用 + 连接，层次之间用逗号）';
    case 'certificate-has-more':
      return `证书还多出 ${shown(difference.attribute)}`;
    case 'user-has-more':
      return `证书缺少 ${shown(difference.attribute)}`;
    case 'not-compared':
      return `它在证书中是 ${difference.place}，而该处不参与匹配`;
  }
}
