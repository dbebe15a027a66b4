import { SessionMemory, type StoredSession } from '../tls/session-store.ts';
import type {
  SessionsFromWorker,
  SessionsKept,
  SessionToWorker,
  TicketSecretsToWorker,
} from './session-messages.ts';
import { type AskedWorker, WorkerQuestions } from './worker-questions.ts';

/** A worker that takes longer to tell is not waited for, so that those who ask have their answer in time. */
const TOLD_MS = 200;
/** What is kept of all workers' sessions. */
const MAX_BYTES = 64 * 1024 * 1024;

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
    this.#memory = new SessionMemory({ maxBytes: MAX_BYTES }, now);
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
