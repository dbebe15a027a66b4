import type { JSX } from 'preact';
import type { ApiProblem } from '../api/problem.ts';
import { texts } from '../language/language.ts';
import { ForeignText } from './foreign-text.tsx';

/** What the API said when it said no. */
export function ProblemNote({ problem }: { readonly problem: ApiProblem }): JSX.Element {
  const { unreachable } = texts.value.common;
  const text = problem.message === '' ? unreachable : problem.message;
  return (
    <p class="note bad" role="alert">
      <ForeignText text={text} most={2000} />
    </p>
  );
}
