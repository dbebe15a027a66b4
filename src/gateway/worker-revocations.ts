import type { RevocationNews, RevokedCertificate } from '../tls/live-revocations.ts';
import type { RevocationDone, ToWorker } from './worker-messages.ts';

/** How long a worker may take to close connections; then it is not counted. */
const ANSWER_MS = 2000;

/** Who is told. */
interface InformedWorker {
  /** False: it can't be told. */
  ask(message: ToWorker): boolean;
}

/** Tells every worker what was revoked, those that start later as well. */
export class WorkerRevocations {
  readonly #known = new Map<string, RevokedCertificate[]>();
  readonly #waiting = new Map<number, (closed: number) => void>();
  #told = 0;

  /** Tells the workers of now, and resolves with how many connections they closed. */
  async tell(workers: Iterable<InformedWorker>, news: RevocationNews): Promise<number> {
    const known = this.#known.get(news.issuer) ?? [];
    known.push(...news.revoked);
    this.#known.set(news.issuer, known);
    const closed = await Promise.all([...workers].map((worker) => this.#ask(worker, news)));
    return closed.reduce((sum, count) => sum + count, 0);
  }

  /** To be sent to a worker before its first options. */
  greet(worker: InformedWorker): void {
    for (const [issuer, revoked] of this.#known) {
      worker.ask({ kind: 'revoked', question: 0, news: { issuer, revoked } });
    }
  }

  answered({ question, closed }: RevocationDone): void {
    this.#waiting.get(question)?.(closed);
  }

  #ask(worker: InformedWorker, news: RevocationNews): Promise<number> {
    return new Promise((resolve) => {
      const question = ++this.#told;
      const finish = (closed: number): void => {
        clearTimeout(timer);
        this.#waiting.delete(question);
        resolve(closed);
      };
      const timer = setTimeout(() => finish(0), ANSWER_MS);
      this.#waiting.set(question, finish);
      if (!worker.ask({ kind: 'revoked', question, news })) finish(0);
    });
  }
}
