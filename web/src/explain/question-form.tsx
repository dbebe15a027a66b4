import type { JSX } from 'preact';
import { read } from '../api/client.ts';
import type { ApiProblem } from '../api/problem.ts';
import { useResource } from '../api/resource.ts';
import type { ListenerView } from '../api/types.ts';
import { PemField } from '../certificates/pem-field.tsx';
import { ReadSummary } from '../certificates/read-summary.tsx';
import { texts } from '../language/language.ts';
import { Field } from '../parts/field.tsx';
import type { Question } from './explain-api.ts';

export type QuestionDraft = Omit<Question, 'language'>;

interface QuestionFormProps {
  readonly draft: QuestionDraft;
  readonly problem: ApiProblem | null;
  readonly onChange: (part: Partial<QuestionDraft>) => void;
  readonly onAsk: () => void;
}

export function QuestionForm({ draft, problem, onChange, onAsk }: QuestionFormProps): JSX.Element {
  const { explain: words, access } = texts.value;
  const listeners = useResource('listeners', (signal) =>
    read<{ items: readonly ListenerView[] }>('/v1/listeners', signal),
  );
  return (
    <form
      class="card stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onAsk();
      }}
    >
      <PemField
        label={words.certificate}
        hint={words.certificateHint}
        error={problem?.about('certificate') ?? null}
        value={draft.certificate}
        onChange={(certificate) => onChange({ certificate })}
      />
      <ReadSummary text={draft.certificate} label={words.certificate} />
      <Field
        label={words.listener}
        error={problem?.about('listener') ?? null}
        control={(ids) => (
          <select
            {...ids}
            class="input"
            value={draft.listener}
            onChange={({ currentTarget }) => onChange({ listener: currentTarget.value })}
          >
            <option value="">{access.any}</option>
            {(listeners.value?.items ?? []).map(({ name, protocol }) => (
              <option key={name} value={name}>
                {name} ({protocol})
              </option>
            ))}
          </select>
        )}
      />
      {(['sni', 'path', 'method'] as const).map((name) => (
        <Field
          key={name}
          label={words[name]}
          error={problem?.about(name) ?? null}
          control={(ids) => (
            <input
              {...ids}
              class="input mono"
              autocomplete="off"
              spellcheck={false}
              placeholder={PLACEHOLDERS[name]}
              value={draft[name]}
              onInput={({ currentTarget }) => onChange({ [name]: currentTarget.value })}
            />
          )}
        />
      ))}
      <div>
        <button type="submit" class="button primary">
          {words.ask}
        </button>
      </div>
    </form>
  );
}

const PLACEHOLDERS = { sni: 'test.com', path: '/ip', method: 'GET' } as const;
