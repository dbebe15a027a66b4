import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

export interface FieldIds {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': 'true' | undefined;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly error?: string | null;
  readonly isWide?: boolean;
  /** Makes the control, to which the label, the hint and the error belong. */
  readonly control: (ids: FieldIds) => ComponentChildren;
}

/** One control of a form with its label, what it is for and what is wrong with it. */
export function Field({ label, hint, error = null, isWide, control }: FieldProps): JSX.Element {
  const id = useId();
  const told = [hint === undefined ? '' : `${id}-hint`, error === null ? '' : `${id}-error`]
    .filter((part) => part !== '')
    .join(' ');
  return (
    <div class={isWide === true ? 'field wide' : 'field'}>
      <label class="field-label" for={id}>
        {label}
      </label>
      {control({
        id,
        'aria-describedby': told === '' ? undefined : told,
        'aria-invalid': error === null ? undefined : 'true',
      })}
      {hint === undefined ? null : (
        <p class="soft small" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error === null ? null : (
        <p class="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
