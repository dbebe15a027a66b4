import { hash } from 'node:crypto';
import type { ClientHello } from './client-hello.ts';
import type { SessionMode } from './options.ts';
import type { ServerContext } from './server-context.ts';
import type { SessionStore, StoredSession } from './session-store.ts';
import type { OpenedTicket } from './ticket-box.ts';

/** What a client may resume. It is judged once more when it has. */
export interface Resumable {
  /** The client's certificates as it sent them when the session was made; empty: none. */
  readonly chain: readonly Buffer[];
  /** OpenSSL's session, to be offered to it; null: it is in the ticket. */
  readonly data: Buffer | null;
  readonly ticket: OpenedTicket | null;
}

/**
 * Looks for what a client asks to resume, before TLS starts; calls `found` once, now or later. Null: a
 * full handshake, be it that there is nothing, or that its certificate would no longer be admitted: the
 * client may have another one by now. A resumed handshake shows the leaf alone, so that nothing is
 * resumed either whose chain is not known here.
 */
export function findResumable(
  hello: ClientHello,
  context: ServerContext,
  sessions: SessionStore,
  found: (resumable: Resumable | null) => void,
): void {
  switch (sessionModeFor(hello, context)) {
    case 'stateful':
      return findSession(hello, context, sessions, found);
    case 'tickets':
      return findTicket(hello, context, sessions, found);
    case 'off':
      found(null);
  }
}

/**
 * Where the session of a client is kept that says this hello. Of TLS 1.2 there are clients that take no
 * tickets: theirs is kept here.
 */
export function sessionModeFor(hello: ClientHello, { options }: ServerContext): SessionMode {
  if (options.sessions !== 'tickets') return options.sessions;
  return hello.ticket === null && !offersTls13(hello) ? 'stateful' : 'tickets';
}

/** The id under which the chain is kept of a client that resumes by tickets. Longer than any session's. */
export function ticketChainId(binding: string, leaf: Buffer): string {
  return `chain ${binding} ${hash('sha256', leaf, 'base64')}`;
}

function findSession(
  hello: ClientHello,
  context: ServerContext,
  sessions: SessionStore,
  found: (resumable: Resumable | null) => void,
): void {
  const id = offersTls13(hello) ? hello.pskIdentities[0] : hello.sessionId;
  if (id?.length !== SESSION_ID_BYTES) return found(null);
  sessions.find(id.toString('latin1'), (session) => {
    if (session === null || !isGood(session, context)) return found(null);
    found({ chain: session.chain, data: session.data, ticket: null });
  });
}

function findTicket(
  hello: ClientHello,
  context: ServerContext,
  sessions: SessionStore,
  found: (resumable: Resumable | null) => void,
): void {
  const bytes = offersTls13(hello) ? hello.pskIdentities[0] : hello.ticket;
  const ticket = bytes === undefined || bytes === null ? null : context.tickets.open(bytes);
  if (ticket === null) return found(null);
  const { leaf } = ticket;
  const chain = leaf === null ? [] : (context.knownChain(leaf) ?? [leaf]);
  if (context.mayResume(chain, Date.now())) return found({ chain, data: null, ticket });
  if (leaf === null || chain.length > 1) return found(null);
  // What stands between the leaf and the trust anchor may have come to another process.
  sessions.find(ticketChainId(context.binding, leaf), (session) => {
    const first = session?.chain[0];
    if (session === null || !first?.equals(leaf) || !isGood(session, context)) return found(null);
    found({ chain: session.chain, data: null, ticket });
  });
}

function isGood({ binding, chain }: StoredSession, context: ServerContext): boolean {
  return binding === context.binding && context.mayResume(chain, Date.now());
}

/**
 * Where a client offers TLS 1.3 that version is what it gets, and there the first pre-shared key counts:
 * OpenSSL would try the session under each.
 */
function offersTls13(hello: ClientHello): boolean {
  return hello.versions.includes(TLS_1_3);
}

const TLS_1_3 = 0x0304;
/** As long as OpenSSL makes them, on either version. */
const SESSION_ID_BYTES = 32;
