import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem.ts';
import type { TokenNow } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Field } from '../parts/field.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { makeToken } from './authority-api.ts';
import { emptyHolder, holderWish, type Profile } from './holder-draft.ts';
import { HolderFields } from './holder-fields.tsx';
import { LeafPreviewCard } from './leaf-preview-card.tsx';
import { useLeafPreview } from './leaf-preview.ts';

const TTLS = [
  ['tenMinutes', 600],
  ['hour', 3600],
  ['day', 86_400],
  ['week', 604_800],
] as const;

interface TokenFormProps {
  readonly profiles: readonly Profile[];
  /** null: enrolment was never served. */
  readonly servedAt: string | null;
  readonly onMade: (made: TokenNow) => void;
}

/** What the token is to permit; beside it what the machine would get. */
export function TokenForm({ profiles, servedAt, onMade }: TokenFormProps): JSX.Element {
  const [draft, setDraft] = useState({ ...emptyHolder, ttl: '600', url: '' });
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const { token: words, form } = texts.value.authority;
  const kind = profiles.find(({ name }) => name === draft.profile)?.kind ?? 'client';
  const holder = holderWish(draft, kind);
  const preview = useLeafPreview(holder);
  const change = (part: Partial<typeof draft>): void => {
    setProblem(null);
    setDraft((last) => ({ ...last, ...part }));
  };
  const all = problem ?? new ApiProblem(0, '', preview.problems);
  const about = (path: string): string | null =>
    problem === null && path === 'common_name' && draft.name === '' ? null : all.about(path);
  const send = async (): Promise<void> => {
    if (isBusy) return;
    setBusy(true);
    const url = draft.url.trim();
    try {
      const wish = { ...holder, ttl_seconds: Number(draft.ttl), ...(url === '' ? {} : { url }) };
      onMade(await makeToken(wish));
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, ''));
      setBusy(false);
    }
  };
  return (
    <div class="columns wide-first">
      <form
        class="card stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <HolderFields {...{ draft, profiles, kind, about }} onChange={change} />
        <Field
          label={words.ttl}
          error={about('ttl_seconds')}
          control={(ids) => (
            <select
              {...ids}
              class="input"
              value={draft.ttl}
              onChange={({ currentTarget }) => change({ ttl: currentTarget.value })}
            >
              {TTLS.map(([name, seconds]) => (
                <option key={name} value={seconds}>
                  {words.ttls[name]}
                </option>
              ))}
            </select>
          )}
        />
        <Field
          label={words.url}
          hint={words.urlHint}
          error={about('url')}
          control={(ids) => (
            <input
              {...ids}
              class="input mono"
              autocomplete="off"
              spellcheck={false}
              placeholder={servedAt ?? ''}
              value={draft.url}
              onInput={({ currentTarget }) => change({ url: currentTarget.value })}
            />
          )}
        />
        {problem === null ? null : problem.fields.length > 0 ? (
          <p class="field-error" role="alert">
            {form.lookAbove}
          </p>
        ) : (
          <ProblemNote problem={problem} />
        )}
        <div>
          <button type="submit" class="button primary" disabled={isBusy || draft.name === ''}>
            {words.submit}
          </button>
        </div>
      </form>
      <LeafPreviewCard preview={preview} isEmpty={draft.name === ''} />
    </div>
  );
}
