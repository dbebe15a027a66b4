import type { UserDirectory } from '../identity/user-directory.ts';
import { type AccessRules, decide, decideAsIfRequired } from '../policy/decide.ts';
import type { AcceptedConnection, DecidedHandshake } from './frontend.ts';

type Handshake = Pick<DecidedHandshake, 'context' | 'verdict' | 'record'>;
type Established = Handshake & Pick<AcceptedConnection, 'socket'>;

/**
 * The step every protocol shares: an established handshake becomes a principal and a decision, and its
 * record says so. Without a directory nobody is mapped, and a listener that requires mapping refuses.
 */
export function admitConnection(
  established: Established,
  directory: UserDirectory | null,
  at: number,
): AcceptedConnection {
  const { context, verdict, record, principal, decision } = decideHandshake(
    established,
    directory,
    at,
  );
  return { socket: established.socket, context, record, verdict, principal, decision };
}

/** The same for a handshake without a connection, as one that is only imagined. */
export function decideHandshake(
  { context, verdict, record }: Handshake,
  directory: UserDirectory | null,
  at: number,
): DecidedHandshake {
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
  return { context, record, verdict, principal, decision };
}
