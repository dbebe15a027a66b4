import type { Principal } from '../identity/user-directory.ts';
import type { Path } from '../pki/path.ts';
import { timeInDetail } from '../pki/peer-cause.ts';
import { subjectOf } from './certificate-words.ts';
import type { CauseCode, Evidence } from './evidence.ts';
import type { Language } from './finding.ts';
import { listing } from './listing.ts';
import { shown } from './quoted-word.ts';

/** One rule of the decision, and what it came to. */
export interface RuleOutcome {
  readonly title: string;
  /** `skipped`: it is not asked here, or can't be answered before another is mended. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** The values that it was decided by; empty: there are none. */
  readonly value: string;
}

export interface RuleFacts {
  readonly evidence: Evidence;
  /** From the leaf to a trust anchor; null: there is none. */
  readonly path: Path | null;
  readonly pins: ReadonlySet<string>;
  readonly principal: Principal | null;
  /** node's code of OpenSSL's error; null: none, or it was not asked. */
  readonly opensslError: string | null;
}

/** The rules of a decision in the order in which they are asked. */
export function ruleByRule(facts: RuleFacts, language: Language): RuleOutcome[] {
  const { evidence, path } = facts;
  const isAsked = evidence.server !== null && evidence.server.mode !== 'false';
  return RULES.map(({ title, codes, needs, value, fails }) => {
    const failure = evidence.causes.find((cause) => codes.includes(cause.code));
    if (failure !== undefined) {
      return { title: title[language], outcome: 'failed', value: shown(failure.detail) };
    }
    const isOpen =
      needs === 'nothing' ||
      (isAsked && evidence.chain.length > 0 && (needs === 'certificate' || path !== null));
    const text = isOpen ? value(facts, language) : null;
    if (text === null) return { title: title[language], outcome: 'skipped', value: '' };
    const outcome = fails?.(facts) === true ? 'failed' : 'passed';
    return { title: title[language], outcome, value: text };
  });
}

interface Rule {
  readonly title: Readonly<Record<Language, string>>;
  /** The causes that say that it is broken. */
  readonly codes: readonly CauseCode[];
  readonly needs: 'nothing' | 'certificate' | 'path';
  /** null: the rule is not asked. */
  readonly value: (facts: RuleFacts, language: Language) => string | null;
  /** Whether it is broken although no cause says so. */
  readonly fails?: (facts: RuleFacts) => boolean;
}

const RULES: readonly Rule[] = [
  {
    title: { en: 'server certificate', zh: '服务器证书' },
    codes: ['sni-unknown', 'server-certificate'],
    needs: 'nothing',
    value: ({ evidence: { server, record } }) =>
      server === null ? null : `${server.name}${record.sni === null ? '' : ` (${record.sni})`}`,
  },
  {
    title: { en: 'client certificate', zh: '客户端证书' },
    codes: ['no-certificate', 'malformed-certificate', 'malformed'],
    needs: 'certificate',
    value: ({ evidence: { chain } }, language) => {
      const more = chain.length - 1;
      const subject = subjectOf(chain[0]);
      if (more === 0) return subject;
      return language === 'zh' ? `${subject}，另有 ${more} 张` : `${subject}, with ${more} more`;
    },
  },
  {
    title: { en: 'trusted issuer', zh: '受信任的签发者' },
    codes: ['unknown-issuer', 'missing-intermediate'],
    needs: 'path',
    value: ({ path }) => path?.map(subjectOf).join(' < ') ?? '',
  },
  {
    title: { en: 'validity', zh: '有效期' },
    codes: ['expired', 'not-yet-valid'],
    needs: 'path',
    value: ({ path }, language) => {
      const until = Math.min(...(path ?? []).map(({ notAfter }) => notAfter));
      return language === 'zh' ? `至 ${timeInDetail(until)}` : `until ${timeInDetail(until)}`;
    },
  },
  {
    title: { en: 'CA, key usage, purpose', zh: 'CA、密钥用途、扩展用途' },
    codes: ['ca-as-leaf', 'wrong-purpose'],
    needs: 'path',
    value: () => 'clientAuth',
  },
  {
    title: { en: 'name constraints', zh: '名称约束' },
    codes: ['name-constraint'],
    needs: 'path',
    value: ({ path }, language) => {
      const has = path?.some(({ extensions }) => extensions.nameConstraints !== null) === true;
      if (has) return language === 'zh' ? '符合' : 'kept';
      return language === 'zh' ? '无约束' : 'there are none';
    },
  },
  {
    title: { en: 'strength', zh: '强度' },
    codes: ['weak-signature'],
    needs: 'path',
    value: ({ evidence: { chain } }) =>
      `${chain[0].publicKey.name}, ${chain[0].signatureAlgorithm.name}`,
  },
  {
    title: { en: 'depth', zh: '层数' },
    codes: ['chain-too-deep'],
    needs: 'path',
    value: ({ evidence: { server }, path }, language) => {
      const count = Math.max((path?.length ?? 0) - 2, 0);
      const most = server?.depth ?? null;
      if (language === 'zh') return `${count} 张中间证书${most === null ? '' : `，最多 ${most}`}`;
      return `${count} intermediate${count === 1 ? '' : 's'}${most === null ? '' : `, at most ${most}`}`;
    },
  },
  {
    title: { en: 'revocation', zh: '吊销' },
    codes: ['revoked', 'crl-stale'],
    needs: 'path',
    value: () => null,
  },
  {
    title: { en: 'pinned keys', zh: '固定密钥' },
    codes: ['pin-mismatch'],
    needs: 'path',
    value: ({ evidence: { chain }, pins }) => (pins.size === 0 ? null : chain[0].spkiPin),
  },
  {
    title: { en: "OpenSSL's verdict", zh: 'OpenSSL 的判断' },
    codes: ['unverifiable'],
    needs: 'certificate',
    value: ({ opensslError }, language) =>
      opensslError ?? (language === 'zh' ? '无异议' : 'nothing to complain about'),
    fails: ({ opensslError }) => opensslError !== null,
  },
  {
    title: { en: 'user', zh: '用户' },
    codes: ['no-user-matches'],
    needs: 'certificate',
    value: ({ principal, evidence: { users } }, language) => {
      if (users.names.length === 0) return null;
      if (principal === null) return language === 'zh' ? '无匹配（不要求）' : 'none (not required)';
      const { kind, value } = principal.matchedBy;
      return `${shown(principal.user)} (${kind} ${shown(value)})`;
    },
  },
  {
    title: { en: 'request', zh: '请求' },
    codes: ['host-mismatch', 'no-route', 'ambiguous-path', 'user-not-allowed'],
    needs: 'nothing',
    value: ({ evidence: { request } }, language) => {
      if (request === null) return null;
      const allow = request.allow === null ? [] : [...request.allow].map((user) => shown(user));
      const may = allow.length === 0 ? '' : ` (${listing(allow, language)})`;
      return `${shown(`${request.method} ${request.path}`)}${may}`;
    },
  },
];
