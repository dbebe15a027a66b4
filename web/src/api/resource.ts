import { useEffect, useState } from 'preact/hooks';
import { ApiProblem } from './problem.ts';

/** Something that is read from the API. */
export interface Resource<Value> {
  /** null: not read yet. Kept while it is read again. */
  readonly value: Value | null;
  readonly problem: ApiProblem | null;
  readonly isLoading: boolean;
  /** Reads it again. */
  readonly reload: () => void;
}

interface Reading<Value> {
  readonly key: string;
  readonly value: Value | null;
  readonly problem: ApiProblem | null;
}

/**
 * Reads what `load` reads, again whenever `key` changes, and every `everyMs` milliseconds where that is
 * given. Of answers that overtake each other, the last one asked for counts.
 */
export function useResource<Value>(
  key: string,
  load: (signal: AbortSignal) => Promise<Value>,
  everyMs: number | null = null,
): Resource<Value> {
  const [turn, setTurn] = useState(0);
  const [reading, setReading] = useState<Reading<Value>>({ key: '', value: null, problem: null });
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const abort = new AbortController();
    let timer: number | undefined;
    const look = (): void => {
      load(abort.signal)
        .then((value) => setReading({ key, value, problem: null }))
        .catch((error: unknown) => {
          if (abort.signal.aborted) return;
          const problem = error instanceof ApiProblem ? error : new ApiProblem(0, String(error));
          setReading((last) => ({ key, value: last.value, problem }));
        })
        .finally(() => {
          if (abort.signal.aborted) return;
          setSettled(`${key} ${turn}`);
          if (everyMs !== null) timer = setTimeout(look, everyMs);
        });
    };
    look();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, turn, everyMs]);
  return {
    value: reading.value,
    problem: reading.problem,
    isLoading: settled !== `${key} ${turn}`,
    reload: () => setTurn((last) => last + 1),
  };
}
