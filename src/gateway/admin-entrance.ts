import type { Socket } from 'node:net';
import type { AdminServer } from '../admin/admin-server.ts';
import { admitConnection } from '../frontends/admission.ts';
import { createUserDirectory } from '../identity/user-directory.ts';
import { createAcceptor } from '../tls/acceptor.ts';
import { closeGently } from '../tls/linger.ts';
import type { LiveRevocations } from '../tls/live-revocations.ts';
import { SessionMemory } from '../tls/session-store.ts';
import type { AdminOptions } from './options.ts';

/**
 * How connections come to the admin server: as they are, or by a TLS handshake with the client's
 * certificate checked as on every listener, and with the administrator that it belongs to.
 */
export function adminEntrance(
  { tls }: AdminOptions,
  revocations: LiveRevocations,
  server: AdminServer,
): (socket: Socket) => void {
  if (tls === null) return (socket) => server.accept(socket, null);
  const { listener, identity, users, administrators } = tls;
  const acceptor = createAcceptor(listener, new SessionMemory(), revocations);
  const directory = users.length > 0 ? createUserDirectory(users, identity.dn) : null;
  const known = new Set(administrators);
  return (raw) =>
    acceptor.accept(raw, (outcome) => {
      if (outcome.kind === 'failed') return;
      const { socket, decision } = admitConnection(outcome, directory, Date.now());
      if (decision.decision === 'refuse') return closeGently(socket);
      const { user } = decision;
      server.accept(socket, user !== null && known.has(user) ? user : null);
    });
}
