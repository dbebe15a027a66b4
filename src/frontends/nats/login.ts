import type { Refusal } from '../../policy/decision.ts';
import type { AcceptedConnection } from '../frontend.ts';
import type { NatsUser, NatsUsers } from './users.ts';
import { type ClientConnect, sameConnectLine, upstreamConnectLine } from './wire/client-connect.ts';

export type Login =
  | {
      readonly kind: 'user';
      readonly user: NatsUser;
      /** CONNECT for the upstream. */
      readonly line: Buffer;
      /** Another user that the client called itself; null: none. */
      readonly ignored: string | null;
    }
  /** The upstream decides by what the client says of itself. */
  | { readonly kind: 'same'; readonly line: Buffer }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The user signs a nonce at the upstream, and there is none. */
  | { readonly kind: 'no-nonce' };

/** Whether a client has to send CONNECT before anything else: it is decided upon here. */
export function requiresLogin({ principal }: AcceptedConnection, users: NatsUsers): boolean {
  return principal !== null || users.haveLogins;
}

/**
 * Who the sender of a CONNECT is: the user of its certificate, who must send the password where one is
 * configured; without such a user one by name and password, where users have passwords; otherwise
 * whoever the upstream takes it for. `nonce` is the upstream's.
 */
export function logIn(
  connect: ClientConnect,
  { principal }: AcceptedConnection,
  users: NatsUsers,
  nonce: string | null,
): Login {
  if (principal !== null) {
    const user = users.mapped(principal.user);
    if (!user.takesPassword(connect.password)) return wrongPassword(user.name);
    const ignored = connect.user === user.name ? null : connect.user;
    return asUser(connect, user, ignored, nonce);
  }
  if (!users.haveLogins) return { kind: 'same', line: sameConnectLine(connect) };
  const user = users.logIn(connect.user, connect.password);
  return user === null ? wrongPassword(null) : asUser(connect, user, null, nonce);
}

function asUser(
  connect: ClientConnect,
  user: NatsUser,
  ignored: string | null,
  nonce: string | null,
): Login {
  const credentials = user.credentials(nonce);
  if (credentials === null) return { kind: 'no-nonce' };
  return { kind: 'user', user, line: upstreamConnectLine(connect, credentials), ignored };
}

function wrongPassword(user: string | null): Login {
  const detail = user === null ? 'no user has this name and password' : 'wrong password';
  return {
    kind: 'refused',
    refusal: { decision: 'refuse', code: 'user-not-allowed', user, detail },
  };
}
