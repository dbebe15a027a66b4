import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { texts } from '../language/language.ts';
import { Icon } from '../parts/icon.tsx';
import { pemOf } from './pem-text.ts';
import './pem-field.css';

interface PemFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly error: string | null;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** Whether what stands there must not be looked at by whoever passes by. */
  readonly isSecret?: boolean;
}

/** Takes a PEM text: chosen as a file, dropped, or pasted. */
export function PemField(props: PemFieldProps): JSX.Element {
  const { label, hint, error, value, onChange, isSecret = false } = props;
  const [isOver, setOver] = useState(false);
  const [fileProblem, setFileProblem] = useState<string | null>(null);
  const id = useId();
  const words = texts.value.certificates.form;
  const shown = fileProblem ?? error;
  const take = async (files: FileList | null | undefined): Promise<void> => {
    const all = await Promise.all([...(files ?? [])].map(pemOf));
    const good = all.filter((text) => text !== null);
    setFileProblem(good.length < all.length ? words.tooLarge : null);
    if (good.length > 0) onChange(good.join('\n'));
  };
  return (
    <div
      class={isOver ? 'field pem-field over' : 'field pem-field'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void take(event.dataTransfer?.files);
      }}
    >
      <div class="pem-head">
        <label class="field-label" for={id}>
          {label}
        </label>
        <label class="button small">
          <Icon name="upload" />
          {words.upload}
          <input
            class="hidden-text"
            type="file"
            aria-label={words.uploadFor(label)}
            onChange={(event) => {
              const input = event.currentTarget;
              // The same file can be chosen again after it was changed.
              void take(input.files).finally(() => {
                input.value = '';
              });
            }}
          />
        </label>
      </div>
      <textarea
        id={id}
        class={isSecret && value !== '' ? 'input secret' : 'input'}
        spellcheck={false}
        autocomplete="off"
        placeholder={words.paste}
        aria-describedby={`${id}-told`}
        aria-invalid={shown === null ? undefined : 'true'}
        value={value}
        onInput={(event) => {
          setFileProblem(null);
          onChange(event.currentTarget.value);
        }}
      />
      <div id={`${id}-told`}>
        {hint === undefined ? null : <p class="soft small">{hint}</p>}
        {shown === null ? null : (
          <p class="field-error" role="alert">
            {shown}
          </p>
        )}
      </div>
    </div>
  );
}
