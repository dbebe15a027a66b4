import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { ApiProblem, type FieldProblem } from '../api/problem.ts';
import type { IssuedNow } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Field } from '../parts/field.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { issueLeaf } from './authority-api.ts';
import { HolderFields } from './holder-fields.tsx';
import type { Profile } from './holder-draft.ts';
import { emptyIssue, type IssueDraft, issueWish } from './issue-draft.ts';
import { KeyFields } from './key-fields.tsx';
import { LeafPreviewCard } from './leaf-preview-card.tsx';
import { useLeafPreview } from './leaf-preview.ts';

interface IssueFormProps {
  readonly profiles: readonly Profile[];
  readonly onIssued: (issued: IssuedNow) => void;
}

/** What is asked for on one side, what it comes to on the other. */
export function IssueForm({ profiles, onIssued }: IssueFormProps): JSX.Element {
  const [draft, setDraft] = useState<IssueDraft>(emptyIssue);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const end = useRef<HTMLDivElement>(null);
  const words = texts.value.authority.form;
  const profile = profiles.find(({ name }) => name === draft.profile);
  const kind = profile?.kind ?? 'client';
  const preview = useLeafPreview(issueWish(draft, kind, 'preview'));
  const isPasswordRight = draft.keyForm !== 'pkcs12' || draft.password === draft.again;
  const change = (part: Partial<IssueDraft>): void => {
    setProblem(null);
    setDraft((last) => ({ ...last, ...part }));
  };
  const told: readonly FieldProblem[] = problem?.fields ?? preview.problems;
  const all = new ApiProblem(0, '', told);
  // What is still empty is not wrong before it was sent.
  const about = (path: string): string | null =>
    problem === null && isEmpty(draft, path) ? null : all.about(path);
  const send = async (): Promise<void> => {
    if (isBusy || !isPasswordRight) return;
    setBusy(true);
    try {
      onIssued(await issueLeaf(issueWish(draft, kind, 'issue')));
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, ''));
      setBusy(false);
      end.current?.scrollIntoView({ block: 'nearest' });
    }
  };
  const isShownAtFields = problem !== null && problem.fields.some(({ path }) => path !== '');
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
          label={words.days}
          error={about('days')}
          control={(ids) => (
            <input
              {...ids}
              class="input"
              inputMode="numeric"
              autocomplete="off"
              placeholder={String(profile?.days ?? '')}
              value={draft.days}
              onInput={({ currentTarget }) => change({ days: currentTarget.value })}
            />
          )}
        />
        <KeyFields
          {...{ draft, profile, about }}
          requested={preview.value?.requested ?? null}
          onChange={change}
        />
        <div ref={end} class="stack">
          {isShownAtFields ? (
            <p class="field-error" role="alert">
              {words.lookAbove}
            </p>
          ) : problem === null ? null : (
            <ProblemNote problem={problem} />
          )}
          <div>
            <button type="submit" class="button primary" disabled={isBusy || draft.name === ''}>
              {words.submit}
            </button>
          </div>
        </div>
      </form>
      <LeafPreviewCard preview={preview} isEmpty={draft.name === ''} />
    </div>
  );
}

function isEmpty({ name, request }: IssueDraft, path: string): boolean {
  if (path === 'common_name') return name === '';
  return path === 'request' && request === '';
}
