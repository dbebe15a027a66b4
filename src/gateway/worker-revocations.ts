import type { RevocationNews, RevokedCertificate } from '../tls/live-revocations.ts';
import type { RevocationDone } from './worker-messages.ts';
import { type AskedWorker, WorkerQuestions } from './worker-questions.ts';

/** Tells every worker what was revoked, those that start later as well. */
export class WorkerRevocations {
  readonly #known = new Map<string, RevokedCertificate[]>();
  readonly #questions = new WorkerQuestions<number>();

  /** Tells the workers of now, and resolves with how many connections they closed. */
  async tell(workers: Iterable<AskedWorker>, news: RevocationNews): Promise<number> {
    const known = this.#known.get(news.issuer) ?? [];
    known.push(...news.revoked);
    this.#known.set(news.issuer, known);
    const closed = await Promise.all([...workers].map((worker) => this.#ask(worker, news)));
    return closed.reduce((sum, count) => sum + count, 0);
  }

  /** To be sent to a worker before its first options. */
  greet(worker: AskedWorker): void {
    for (const [issuer, revoked] of this.#known) {
      worker.ask({ kind: 'revoked', question: 0, news: { issuer, revoked } });
    }
  }

  answered({ question, closed }: RevocationDone): void {
    this.#questions.answered(question, closed);
  }

  /** Of a worker that takes too long nothing is counted. */
  #ask(worker: AskedWorker, news: RevocationNews): Promise<number> {
    return this.#questions.ask(worker, (question) => ({ kind: 'revoked', question, news }), 0);
  }
}
