import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ToWorker } from './worker-messages.ts';
import { WorkerQuestions } from './worker-questions.ts';

describe('questions to workers', () => {
  it('gives each answer to who asked, in whatever order they come', async () => {
    const questions = new WorkerQuestions<string>();
    const [first, second] = [fakeWorker(), fakeWorker()];
    const answers = Promise.all([
      questions.ask(first, metricsWanted, 'none'),
      questions.ask(second, metricsWanted, 'none'),
    ]);
    questions.answered(second.lastQuestion(), 'of the second');
    questions.answered(first.lastQuestion(), 'of the first');
    assert.deepEqual(await answers, ['of the first', 'of the second']);
  });

  it('answers for a worker that can not be asked', async () => {
    const questions = new WorkerQuestions<string>();
    const gone = { ask: () => false };
    assert.equal(await questions.ask(gone, metricsWanted, 'none'), 'none');
  });

  it('answers for a worker that takes too long, and passes over what it says then', async () => {
    const questions = new WorkerQuestions<string>(1);
    const worker = fakeWorker();
    assert.equal(await questions.ask(worker, metricsWanted, 'none'), 'none');
    questions.answered(worker.lastQuestion(), 'late');
    const next = questions.ask(worker, metricsWanted, 'none');
    questions.answered(worker.lastQuestion(), 'in time');
    assert.equal(await next, 'in time');
  });
});

function metricsWanted(question: number): ToWorker {
  return { kind: 'metrics-wanted', question };
}

function fakeWorker() {
  const asked: ToWorker[] = [];
  return {
    ask: (message: ToWorker): boolean => asked.push(message) > 0,
    lastQuestion(): number {
      const last = asked.at(-1);
      assert.equal(last?.kind, 'metrics-wanted');
      return last.question;
    },
  };
}
