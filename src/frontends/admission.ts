import type { UserDirectory } from '../identity/user-directory.ts';
import { type AccessRules, decide, decideAsIfRequired } from '../policy/decide.ts';
import type { AcceptedConnection } from './frontend.ts';

type Established = Pick<AcceptedConnection, 'socket' | 'context' | 'verdict' | 'record'>;

/**
 * The step every protocol shares: an established handshake becomes a principal and a decision, and its
 * record says so. Without a directory nobody is mapped, and a listener that requires mapping refuses.
 */
export function admitConnection(
  established: Established,
  directory: UserDirectory | null,
  at: number,
): AcceptedConnection {
  const { socket, context, verdict, record } = established;
  const principal =
    directory !== null && verdict.kind === 'verified' ? directory.identify(verdict.peer) : null;
  const rules: AccessRules = {
    mode: context.options.mode,
    mapping: context.options.mapping,
    allow: null,
  };
  const decision = decide(verdict, principal, 'connect', rules, at);
  record.user = decision.user;
  record.outcome = decision.decision === 'admit' ? 'admitted' : 'refused';
  if (decision.decision === 'refuse') {
    record.cause = decision.code;
    record.detail = decision.detail;
  } else if (rules.mode === 'observe') {
    const required = decideAsIfRequired(verdict, principal, rules, at);
    if (required.decision === 'refuse') {
      record.cause = required.code;
      record.detail = required.detail;
    }
  }
  return { socket, context, record, verdict, principal, decision };
}
