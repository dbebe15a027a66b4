import type { ComponentChildren, JSX } from 'preact';
import type { Resource } from '../api/resource.ts';
import { texts } from '../language/language.ts';
import { ProblemNote } from './problem-note.tsx';

interface LoadedProps<Value> {
  readonly resource: Resource<Value>;
  readonly children: (value: Value) => ComponentChildren;
}

/** Shows what was read, and in its place that it is being read or can't be. */
export function Loaded<Value>({ resource, children }: LoadedProps<Value>): JSX.Element {
  const { value, problem } = resource;
  return (
    <>
      {problem === null ? null : <ProblemNote problem={problem} />}
      {value !== null ? children(value) : null}
      {value === null && problem === null ? (
        <p class="empty" role="status">
          {texts.value.common.loading}
        </p>
      ) : null}
    </>
  );
}
