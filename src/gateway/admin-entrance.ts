import type { AdminServer } from '../admin/admin-server.ts';
import { admitConnection } from '../frontends/admission.ts';
import type { AcceptedConnection } from '../frontends/frontend.ts';
import { createUserDirectory } from '../identity/user-directory.ts';
import { createAcceptor } from '../tls/acceptor.ts';
import { closeGently } from '../tls/linger.ts';
import type { LiveRevocations } from '../tls/live-revocations.ts';
import type { RawConnection } from '../tls/raw-connection.ts';
import { SessionMemory } from '../tls/session-store.ts';
import type { AdminOptions } from './options.ts';

/** How connections come to the admin server. */
export interface AdminEntrance {
  enter(raw: RawConnection): void;
  /** Closes the connections of clients whose certificate is not good any more. */
  recheck(): void;
}

/**
 * Connections come as they are, or by a TLS handshake with the client's certificate checked as on every
 * listener, and with the administrator that it belongs to.
 */
export function adminEntrance(
  { tls }: AdminOptions,
  revocations: LiveRevocations,
  server: AdminServer,
): AdminEntrance {
  if (tls === null) return { enter: (raw) => server.accept(raw.toSocket(), null), recheck() {} };
  const { listener, identity, users, administrators } = tls;
  const acceptor = createAcceptor(listener, new SessionMemory(), revocations);
  const directory = users.length > 0 ? createUserDirectory(users, identity.dn) : null;
  const known = new Set(administrators);
  const live = new Set<AcceptedConnection>();
  return {
    enter: (raw) =>
      acceptor.accept(raw, (outcome) => {
        if (outcome.kind === 'failed') return;
        const connection = admitConnection(outcome, directory, Date.now());
        const { socket, decision } = connection;
        if (decision.decision === 'refuse') return closeGently(socket);
        const { user } = decision;
        live.add(connection);
        socket.once('close', () => live.delete(connection));
        server.accept(socket, user !== null && known.has(user) ? user : null);
      }),
    recheck() {
      for (const { socket, context, verdict } of live) {
        if (context.rejudge(verdict, Date.now()).kind !== verdict.kind) socket.destroy();
      }
    },
  };
}
