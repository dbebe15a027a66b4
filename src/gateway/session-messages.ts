// What the processes of a gateway tell each other of the sessions that clients may resume.
import type { StoredSession } from '../tls/session-store.ts';

/** What a worker tells of its sessions. */
export type SessionsFromWorker =
  | SessionsKept
  | { readonly kind: 'session-wanted'; readonly question: number; readonly id: string };

/** What a worker has kept since it last told. */
export interface SessionsKept {
  readonly kind: 'sessions-kept';
  /** It was asked for them; null: it tells by itself. */
  readonly question: number | null;
  readonly sessions: readonly KeptSession[];
}

export interface KeptSession {
  readonly id: string;
  readonly session: StoredSession;
}

/** Asks a worker for what it has not told of yet. It answers also where that is nothing. */
export interface SessionsAsked {
  readonly kind: 'sessions-asked';
  readonly question: number;
}

/** The answer to `session-wanted`. */
export interface SessionToWorker {
  readonly kind: 'session-found';
  readonly question: number;
  readonly session: StoredSession | null;
}

/** What every worker seals tickets by from now on; the first thing that a new one is told. */
export interface TicketSecretsToWorker {
  readonly kind: 'ticket-secrets';
  readonly secrets: readonly Buffer[];
}
