import type { ToWorker } from './worker-messages.ts';

/** How long a worker may take to answer. */
const ANSWER_MS = 2000;

/** Who is asked. */
export interface AskedWorker {
  /** False: it can't be asked. */
  ask(message: ToWorker): boolean;
}

/** Questions of one kind to workers, each with a number by which its answer is known. */
export class WorkerQuestions<Answer> {
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #answerMs: number;
  #asked = 0;

  /** `answerMs`: how long a worker may take, in milliseconds; 2,000 by default. */
  constructor(answerMs = ANSWER_MS) {
    this.#answerMs = answerMs;
  }

  /** Never rejects: `otherwise` stands for the answer of a worker that can't be asked, or takes too long. */
  ask(
    worker: AskedWorker,
    message: (question: number) => ToWorker,
    otherwise: Answer,
  ): Promise<Answer> {
    return new Promise((resolve) => {
      const question = ++this.#asked;
      const finish = (answer: Answer): void => {
        clearTimeout(timer);
        this.#waiting.delete(question);
        resolve(answer);
      };
      const timer = setTimeout(() => finish(otherwise), this.#answerMs);
      this.#waiting.set(question, finish);
      if (!worker.ask(message(question))) finish(otherwise);
    });
  }

  /** An answer that came too late is passed over. */
  answered(question: number, answer: Answer): void {
    this.#waiting.get(question)?.(answer);
  }
}
