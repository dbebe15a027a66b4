import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly isLabelHidden?: boolean;
  readonly options: readonly (readonly [Value, string])[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** One of a few things, all of them in sight. */
export function Choice<Value extends string>({
  label,
  isLabelHidden = false,
  options,
  value,
  onChange,
}: ChoiceProps<Value>): JSX.Element {
  const name = useId();
  return (
    <div class="field" role="radiogroup" aria-labelledby={`${name}-label`}>
      <span class={isLabelHidden ? 'hidden-text' : 'field-label'} id={`${name}-label`}>
        {label}
      </span>
      <div>
        <div class="choice">
          {options.map(([option, text]) => (
            <label key={option}>
              <input
                type="radio"
                name={name}
                checked={option === value}
                onChange={() => onChange(option)}
              />
              {text}
            </label>
          ))}
        </div>
      </div>
    </div>
  );
}
