import { SessionMemory, type SessionStore, type StoredSession } from '../tls/session-store.ts';
import { RotatingTicketSecrets, type TicketSecrets } from '../tls/ticket-secrets.ts';
import type {
  KeptSession,
  SessionsFromWorker,
  SessionToWorker,
  TicketSecretsToWorker,
} from './session-messages.ts';

/** How long sessions wait to be told of with others. */
const TELL_MS = 20;
/** A handshake that asks for its session waits no longer; it is then a full one. */
const ANSWER_MS = 250;
/** Questions under way; beyond them the answer is no. */
const MAX_QUESTIONS = 1024;

/**
 * A worker's view of the sessions that all workers share: its own are at hand, those of others are
 * asked for. Sessions pass between processes of one gateway alone.
 */
export class SharedSessions implements SessionStore {
  readonly #own = new SessionMemory();
  readonly #tell: (message: SessionsFromWorker) => void;
  readonly #questions = new Map<number, (session: StoredSession | null) => void>();
  #untold: KeptSession[] = [];
  #asked = 0;
  /** Its own until it is told those of all. */
  readonly #secrets: { all: readonly Buffer[] } = { all: new RotatingTicketSecrets().all };

  constructor(tell: (message: SessionsFromWorker) => void) {
    this.#tell = tell;
  }

  keep(id: string, session: StoredSession): void {
    this.#own.keep(id, session);
    this.#untold.push({ id, session });
    if (this.#untold.length === 1) setTimeout(tellKept, TELL_MS, this);
  }

  find(id: string, found: (session: StoredSession | null) => void): void {
    this.#own.find(id, (session) => {
      if (session !== null) found(session);
      else this.#ask(id, found);
    });
  }

  get ticketSecrets(): TicketSecrets {
    return this.#secrets;
  }

  /** Tickets are sealed by these secrets from now on. */
  sealTicketsBy({ secrets }: TicketSecretsToWorker): void {
    this.#secrets.all = secrets.map((secret) => Buffer.from(secret));
  }

  /** Tells of the sessions that wait; `question` is that of who asked for them. */
  tellKept(question: number | null): void {
    const sessions = this.#untold;
    if (sessions.length === 0 && question === null) return;
    this.#untold = [];
    this.#tell({ kind: 'sessions-kept', question, sessions });
  }

  /** The primary's answer. */
  answered({ question, session }: SessionToWorker): void {
    const found = this.#questions.get(question);
    this.#questions.delete(question);
    found?.(session === null ? null : copied(session));
  }

  #ask(id: string, found: (session: StoredSession | null) => void): void {
    if (this.#questions.size >= MAX_QUESTIONS) return found(null);
    const question = ++this.#asked;
    const timer = setTimeout(
      () => this.answered({ kind: 'session-found', question, session: null }),
      ANSWER_MS,
    );
    this.#questions.set(question, (session) => {
      clearTimeout(timer);
      found(session);
    });
    this.#tell({ kind: 'session-wanted', question, id });
  }
}

function tellKept(sessions: SharedSessions): void {
  sessions.tellKept(null);
}

/** Bytes that came by a message are views of the whole message, which would be kept with them. */
function copied({ binding, data, chain }: StoredSession): StoredSession {
  return {
    binding,
    data: Buffer.from(data),
    chain: chain.map((certificate) => Buffer.from(certificate)),
  };
}
