import { causeOf, type Evidence, type RequestFacts } from './evidence.ts';
import { defineFinding } from './finding.ts';
import { listing } from './listing.ts';
import { shown, yamlText } from './quoted-word.ts';

interface Values {
  readonly user: string | null;
  readonly yaml: string;
  /** The request as its protocol names it, such as `GET /ip`. */
  readonly request: string;
  /** Who may; null: subjects and topics decide. */
  readonly allowed: readonly string[] | null;
  readonly hasCertificate: boolean;
  /** `login`: what the client says of itself was refused. */
  readonly action: 'publish' | 'subscribe' | 'login' | null;
  readonly detail: string;
}

export const userNotAllowed = defineFinding<Values>({
  code: 'user-not-allowed',
  severity: 'error',
  title: {
    en: 'This user may not do this',
    zh: '该用户无权进行此操作',
  },
  rule: 'RFC 9110 section 15.5.4',
  recognise(evidence: Evidence) {
    const cause = causeOf(evidence, 'user-not-allowed');
    if (cause === null) return null;
    const { request, record } = evidence;
    const allow = request === null ? null : request.allow;
    return {
      user: record.user === null ? null : shown(record.user),
      yaml: record.user === null ? '' : yamlText(record.user),
      request: request === null ? '' : shown(`${request.method} ${request.path}`),
      allowed: allow === null ? null : [...allow].map((user) => shown(user)),
      hasCertificate: record.peer !== null,
      action: allow === null ? actionOf(request) : null,
      detail: shown(cause.detail),
    };
  },
  texts: {
    en: (values) => ({ detail: detailEn(values), remedy: remedyEn(values) }),
    zh: (values) => ({ detail: detailZh(values), remedy: remedyZh(values) }),
  },
});

/** What was tried in a protocol of messages; its frontend names it by the protocol's own word. */
function actionOf(request: RequestFacts | null): Values['action'] {
  const word = request === null ? '' : request.method.toLowerCase();
  if (word === 'connect') return 'login';
  if (word.startsWith('pub') || word === 'will') return 'publish';
  return word.startsWith('sub') ? 'subscribe' : null;
}

function detailEn({ user, request, allowed, hasCertificate, detail }: Values): string {
  const who =
    user === null
      ? hasCertificate
        ? 'The client is no user: its certificate matches none, or was not verified'
        : 'The client is no user: it sent no certificate'
      : `The client is ${user}`;
  if (allowed === null) return `${who}. Not permitted: ${detail}.`;
  const may = allowed.length === 0 ? 'nobody' : listing(allowed, 'en');
  return `${who}. ${request} is for ${may} alone.`;
}

function remedyEn({ user, yaml, allowed, action }: Values): string {
  if (action === 'login') {
    return 'Let the client send the user name and password that authorization.users has, or none and its certificate alone';
  }
  if (user === null) {
    return 'Let the client present a certificate of an allowed user, or name the one it has under authorization.users';
  }
  if (allowed !== null) return `Add the user to allow of this route: allow: [..., ${yaml}]`;
  if (action === null) return `Permit it to the user ${yaml} under authorization.users`;
  return `Permit it under authorization.users, user ${yaml}: ${action}.allow, and take it out of ${action}.deny`;
}

function detailZh({ user, request, allowed, hasCertificate, detail }: Values): string {
  const who =
    user === null
      ? hasCertificate
        ? '客户端不是任何用户：其证书不匹配用户，或未通过验证'
        : '客户端不是任何用户：它没有发送证书'
      : `客户端是 ${user}`;
  if (allowed === null) return `${who}。不允许：${detail}。`;
  const may = allowed.length === 0 ? '任何人都不允许' : `只允许 ${listing(allowed, 'zh')}`;
  return `${who}。${request} ${may}。`;
}

function remedyZh({ user, yaml, allowed, action }: Values): string {
  if (action === 'login') {
    return '让客户端发送 authorization.users 中的用户名和密码，或不发送而只用证书';
  }
  if (user === null) {
    return '让客户端出示被允许用户的证书，或把其现有证书的名称加入 authorization.users';
  }
  if (allowed !== null) return `把该用户加入此路由的 allow:allow: [..., ${yaml}]`;
  if (action === null) return `在 authorization.users 下允许用户 ${yaml} 进行此操作`;
  return `在 authorization.users 的用户 ${yaml} 下加入 ${action}.allow，并从 ${action}.deny 中去掉`;
}
