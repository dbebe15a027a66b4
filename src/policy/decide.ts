import type { Principal } from '../identity/user-directory.ts';
import type { ClientAuthMode } from '../pki/client-auth-mode.ts';
import type { PeerVerdict } from '../pki/peer.ts';
import type { Admission, Decision, Refusal, RefusalCode } from './decision.ts';

/** What a client wants: to be connected at all, or to make one request. */
export type Action =
  /** Checked once, at the end of the handshake. */
  | 'connect'
  /** Checked for every request, also on a connection that was admitted. */
  | 'request'
  /** A request for a path that needs no certificate. */
  | 'exempt-request';

export interface AccessRules {
  readonly mode: ClientAuthMode;
  /** Whether a client must match a user to be admitted; holds in mode `true`. */
  readonly mapping: boolean;
  /** Users that may make the request; null: everyone admitted. An empty set admits nobody. */
  readonly allow: ReadonlySet<string> | null;
}

/**
 * The one decision of the product: pure, and the same for the gateway, `explain` and the library.
 *
 * A verified certificate that has expired since (`at`, milliseconds) is refused. `allow` needs a mapped
 * user whatever the mode, and holds for exempt requests too. A principal exists only for a verified
 * peer, so under `observe` and `optional` an unverified certificate is never a user.
 */
export function decide(
  verdict: PeerVerdict,
  principal: Principal | null,
  action: Action,
  rules: AccessRules,
  at: number,
): Decision {
  const user = principal === null ? null : principal.user;
  if (action !== 'exempt-request') {
    const refusal = refuseCertificate(verdict, user, rules, at);
    if (refusal !== null) return refusal;
  }
  if (action === 'connect' || rules.allow === null) return admit(principal);
  const current = verdict.kind === 'verified' && at <= verdict.peer.leaf.notAfter;
  if (user !== null && current && rules.allow.has(user)) return admit(principal);
  return refuse('user-not-allowed', user, user === null ? 'no user' : `user ${user}`);
}

/** What mode `true` would say of this client: the ledger of `observe` is made of it. */
export function decideAsIfRequired(
  verdict: PeerVerdict,
  principal: Principal | null,
  rules: AccessRules,
  at: number,
): Decision {
  return decide(verdict, principal, 'connect', { ...rules, mode: 'true' }, at);
}

function refuseCertificate(
  verdict: PeerVerdict,
  user: string | null,
  rules: AccessRules,
  at: number,
): Refusal | null {
  const { mode } = rules;
  if (mode === 'false' || mode === 'observe') return null;
  if (verdict.kind === 'none') {
    return mode === 'true' ? refuse('no-certificate', null, 'no certificate was presented') : null;
  }
  if (verdict.kind === 'failed') return refuse(verdict.cause.code, null, verdict.cause.detail);
  const { notAfter } = verdict.peer.leaf;
  if (at > notAfter) {
    return refuse('expired', user, `expired at ${new Date(notAfter).toISOString()}`);
  }
  if (mode === 'true' && rules.mapping && user === null) {
    return refuse('no-user-matches', null, 'the certificate matches no configured user');
  }
  return null;
}

const ADMITTED_AS_NOBODY: Admission = Object.freeze({ decision: 'admit', user: null });
const admissions = new WeakMap<Principal, Admission>();

/** One object a principal, so that a request allocates none. */
function admit(principal: Principal | null): Admission {
  if (principal === null) return ADMITTED_AS_NOBODY;
  let admission = admissions.get(principal);
  if (admission === undefined) {
    admission = Object.freeze({ decision: 'admit', user: principal.user });
    admissions.set(principal, admission);
  }
  return admission;
}

function refuse(code: RefusalCode, user: string | null, detail: string): Refusal {
  return { decision: 'refuse', code, user, detail };
}
