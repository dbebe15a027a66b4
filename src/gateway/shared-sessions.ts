import { SessionMemory, type SessionStore, type StoredSession } from '../tls/session-store.ts';
import { RotatingTicketSecrets, type TicketSecrets } from '../tls/ticket-secrets.ts';
import { type AskedWorker, WorkerQuestions } from './worker-questions.ts';

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

interface KeptSession {
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

/** How long sessions wait to be told of with others. */
const TELL_MS = 20;
/** A handshake that asks for its session waits no longer; it is then a full one. */
const ANSWER_MS = 250;
/** A worker that takes longer to tell is not waited for, so that those who ask have their answer in time. */
const TOLD_MS = 200;
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

/** The primary's side: every worker's sessions, bounded, and the secrets of their tickets. */
export class SessionExchange {
  readonly #memory: SessionMemory;
  readonly #workers: () => Iterable<AskedWorker>;
  readonly #questions = new WorkerQuestions<void>(TOLD_MS);
  /** What looks again after the next round of asking. */
  #waiting: (() => void)[] = [];
  #isAsking = false;
  #toldSecrets: readonly Buffer[];

  /** `workers` are those of now. `now` is in milliseconds and never goes back. */
  constructor(workers: () => Iterable<AskedWorker>, now: () => number = () => performance.now()) {
    this.#workers = workers;
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
    if (message.kind === 'sessions-kept') return this.#keep(message);
    const { question, id } = message;
    const tell = (session: StoredSession | null): void =>
      answer({ kind: 'session-found', question, session });
    this.#memory.find(id, (session) => {
      if (session !== null) return tell(session);
      // A client may come back sooner than its worker tells of it.
      this.#waiting.push(() => this.#memory.find(id, tell));
      if (!this.#isAsking) void this.#askWorkers();
    });
  }

  #keep({ question, sessions }: SessionsKept): void {
    /** One copy of what came once. */
    const chains = new Map<readonly Buffer[], readonly Buffer[]>();
    for (const { id, session } of sessions) {
      const { binding, data, chain } = session;
      let own = chains.get(chain);
      if (own === undefined) chains.set(chain, (own = chain.map((bytes) => Buffer.from(bytes))));
      this.#memory.keep(id, { binding, data: Buffer.from(data), chain: own });
    }
    if (question !== null) this.#questions.answered(question);
  }

  /** Round by round: who comes during one may want what a worker kept after it had answered. */
  async #askWorkers(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      const asked = Array.from(this.#workers(), (worker) =>
        this.#questions.ask(
          worker,
          (question) => ({ kind: 'sessions-asked', question }),
          undefined,
        ),
      );
      await Promise.all(asked);
      for (const look of waiting) look();
    }
    this.#isAsking = false;
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
