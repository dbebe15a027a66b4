import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem.ts';
import { language, texts } from '../language/language.ts';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { type Explanation, explain } from './explain-api.ts';
import { ExplanationView } from './explanation-view.tsx';
import { QuestionForm, type QuestionDraft } from './question-form.tsx';

const FIRST: QuestionDraft = { certificate: '', listener: '', sni: '', path: '', method: 'GET' };

export function ExplainPage(): JSX.Element {
  const words = texts.value.explain;
  const [draft, setDraft] = useState(FIRST);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [explanation, setExplanation] = useState<Explanation | null>(null);
  const ask = async (): Promise<void> => {
    try {
      setExplanation(await explain({ ...draft, language: language.value }));
      setProblem(null);
    } catch (error) {
      setExplanation(null);
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, ''));
    }
  };
  return (
    <>
      <PageHead title={words.title} windowTitle={words.title} lead={words.lead} />
      <div class="columns">
        <QuestionForm
          draft={draft}
          problem={problem}
          onChange={(part) => setDraft((last) => ({ ...last, ...part }))}
          onAsk={() => void ask()}
        />
        <div class="stack" aria-live="polite">
          {problem === null || problem.fields.length > 0 ? null : <ProblemNote problem={problem} />}
          {explanation === null ? null : <ExplanationView explanation={explanation} />}
        </div>
      </div>
    </>
  );
}
