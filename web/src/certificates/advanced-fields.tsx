import type { JSX } from 'preact';
import type { ApiProblem } from '../api/problem.ts';
import { texts } from '../language/language.ts';
import { Field } from '../parts/field.tsx';
import { Switch } from '../parts/switch.tsx';
import { type CertificateDraft, MODES } from './certificate-draft.ts';

interface AdvancedFieldsProps {
  readonly draft: CertificateDraft;
  readonly problem: ApiProblem | null;
  readonly onChange: (part: Partial<CertificateDraft>) => void;
}

/** What has a good default. */
export function AdvancedFields({ draft, problem, onChange }: AdvancedFieldsProps): JSX.Element {
  const words = texts.value.certificates.form;
  return (
    <details open={problem !== null && problem.about('snis') !== null}>
      <summary>{words.advanced}</summary>
      <div class="stack advanced">
        <Field
          label={words.snis}
          hint={words.snisHint}
          error={problem?.about('snis') ?? null}
          control={(ids) => (
            <textarea
              {...ids}
              class="input short"
              spellcheck={false}
              value={draft.snis}
              onInput={({ currentTarget }) => onChange({ snis: currentTarget.value })}
            />
          )}
        />
        <Field
          label={words.minVersion}
          control={(ids) => (
            <select
              {...ids}
              class="input"
              value={draft.minVersion}
              onChange={({ currentTarget }) => {
                onChange({ minVersion: currentTarget.value === '1.3' ? '1.3' : '1.2' });
              }}
            >
              <option value="1.2">TLS 1.2</option>
              <option value="1.3">TLS 1.3</option>
            </select>
          )}
        />
        {draft.verifiesPeer ? (
          <ClientFields draft={draft} problem={problem} onChange={onChange} />
        ) : null}
      </div>
    </details>
  );
}

function ClientFields({ draft, problem, onChange }: AdvancedFieldsProps): JSX.Element {
  const words = texts.value.certificates.form;
  return (
    <>
      <Field
        label={words.mode}
        hint={words.modeHints[draft.mode]}
        control={(ids) => (
          <select
            {...ids}
            class="input"
            value={draft.mode}
            onChange={({ currentTarget: { value } }) => {
              onChange({ mode: MODES.find((mode) => mode === value) ?? 'true' });
            }}
          >
            {MODES.map((mode) => (
              <option key={mode} value={mode}>
                {words.modes[mode]}
              </option>
            ))}
          </select>
        )}
      />
      <Switch
        label={words.mapping}
        hint={words.mappingHint}
        isOn={draft.mapsToUser}
        onChange={(mapsToUser) => onChange({ mapsToUser })}
      />
      <Field
        label={words.depth}
        hint={words.depthHint}
        error={problem?.about('client.depth') ?? null}
        control={(ids) => (
          <input
            {...ids}
            class="input"
            type="number"
            min={0}
            max={100}
            value={draft.depth}
            onInput={({ currentTarget }) => onChange({ depth: currentTarget.value })}
          />
        )}
      />
      <Field
        label={words.skipPaths}
        hint={words.skipPathsHint}
        error={problem?.about('client.skip_paths') ?? null}
        control={(ids) => (
          <textarea
            {...ids}
            class="input short"
            spellcheck={false}
            value={draft.skipPaths}
            onInput={({ currentTarget }) => onChange({ skipPaths: currentTarget.value })}
          />
        )}
      />
    </>
  );
}
