import { SessionMemory, type SessionStore, type StoredSession } from '../tls/session-store.ts';
import { RotatingTicketSecrets, type TicketSecrets } from '../tls/ticket-secrets.ts';

/** What a worker tells of its sessions. */
export type SessionsFromWorker =
  | { readonly kind: 'sessions-kept'; readonly sessions: readonly KeptSession[] }
  | { readonly kind: 'session-wanted'; readonly question: number; readonly id: string };

interface KeptSession {
  readonly id: string;
  readonly session: StoredSession;
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

  keep(id: string, session: StoredSession, isFollowed = false): void {
    this.#own.keep(id, session);
    this.#untold.push({ id, session });
    // At once: the client has not yet been sent what it would come to another worker with.
    if (!isFollowed) this.tellKept();
    else if (this.#untold.length === 1) setImmediate(tellKept, this);
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

  /** Tells of the sessions that wait for the next one, were it not to come. */
  tellKept(): void {
    const sessions = this.#untold;
    if (sessions.length === 0) return;
    this.#untold = [];
    this.#tell({ kind: 'sessions-kept', sessions });
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
  sessions.tellKept();
}

/** The primary's side: every worker's sessions, bounded, and the secrets of their tickets. */
export class SessionExchange {
  readonly #memory: SessionMemory;
  #toldSecrets: readonly Buffer[];

  /** `now` is in milliseconds and never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#memory = new SessionMemory({ maxBytes: 64 * 1024 * 1024 }, now);
    this.#toldSecrets = this.#memory.ticketSecrets.all;
  }

  /** What a new worker is told first. */
  get ticketSecrets(): TicketSecretsToWorker {
    return { kind: 'ticket-secrets', secrets: this.#memory.ticketSecrets.all };
  }

  /** What every worker is to be told, once after the secrets were replaced; null: nothing. */
  replacedTicketSecrets(): TicketSecretsToWorker | null {
    const message = this.ticketSecrets;
    if (message.secrets === this.#toldSecrets) return null;
    this.#toldSecrets = message.secrets;
    return message;
  }

  /** Takes a worker's message; the answer, where there is one, goes back to that worker. */
  receive(message: SessionsFromWorker, answer: (message: SessionToWorker) => void): void {
    if (message.kind === 'sessions-kept') {
      for (const { id, session } of message.sessions) this.#memory.keep(id, copied(session));
      return;
    }
    const { question, id } = message;
    const tell = (session: StoredSession | null): void =>
      answer({ kind: 'session-found', question, session });
    this.#memory.find(id, (session) => {
      if (session !== null) return tell(session);
      // Another worker has told of it before, but this one may have been heard first: nothing orders
      // the messages of two pipes within one turn.
      setImmediate(() => this.#memory.find(id, tell));
    });
  }
}

/** Bytes that came by a message are views of the whole message, which would be kept with them. */
function copied({ binding, data, chain }: StoredSession): StoredSession {
  return {
    binding,
    data: Buffer.from(data),
    chain: chain.map((certificate) => Buffer.from(certificate)),
  };
}
