import type { ApiProblem } from '../api/problem.ts';
import { useResource } from '../api/resource.ts';
import type { LeafPreview } from '../api/types.ts';
import { previewLeaf } from './authority-api.ts';

/** How long nothing is typed before it is asked. */
const PAUSE_MS = 200;

export interface LivePreview {
  /** null: none yet. */
  readonly value: LeafPreview | null;
  /** Why it would not be issued. */
  readonly problems: LeafPreview['problems'];
  /** The API does not answer, or can not: null where it does. */
  readonly fault: ApiProblem | null;
}

/** What would be issued, again whenever what is asked for changes. */
export function useLeafPreview(wish: object): LivePreview {
  const { value, problem } = useResource(JSON.stringify(wish), async (signal) => {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    signal.throwIfAborted();
    return previewLeaf(wish, signal);
  });
  if (problem === null) return { value, problems: value?.problems ?? [], fault: null };
  if (problem.fields.length === 0) return { value: null, problems: [], fault: problem };
  const problems = problem.fields.map((field) => ({ ...field, citation: null }));
  return { value: null, problems, fault: null };
}
