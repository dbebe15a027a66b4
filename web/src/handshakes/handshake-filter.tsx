import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { Field } from '../parts/field.tsx';
import type { HandshakeQuery } from './handshake-query.ts';

interface HandshakeFilterProps {
  readonly chosen: HandshakeQuery;
  readonly onChange: (query: HandshakeQuery) => void;
}

export function HandshakeFilter({ chosen, onChange }: HandshakeFilterProps): JSX.Element {
  const { handshakes: words, common, causes } = texts.value;
  return (
    <div class="toolbar">
      <Field
        label={words.filter.outcome}
        control={(ids) => (
          <select
            {...ids}
            class="input"
            value={chosen.outcome}
            onChange={({ currentTarget }) => onChange({ ...chosen, outcome: currentTarget.value })}
          >
            <option value="">{common.all}</option>
            <option value="admitted">{words.admitted}</option>
            <option value="observed">{words.observed}</option>
            <option value="refused">{words.refused}</option>
          </select>
        )}
      />
      <Field
        label={words.filter.cause}
        isWide
        control={(ids) => (
          <select
            {...ids}
            class="input"
            value={chosen.finding}
            onChange={({ currentTarget }) => onChange({ ...chosen, finding: currentTarget.value })}
          >
            <option value="">{common.all}</option>
            {Object.entries(causes).map(([code, title]) => (
              <option key={code} value={code}>
                {title}
              </option>
            ))}
          </select>
        )}
      />
      {(['user', 'address'] as const).map((name) => (
        <Field
          key={name}
          label={words.filter[name]}
          control={(ids) => (
            <input
              {...ids}
              class="input"
              value={chosen[name]}
              onChange={({ currentTarget }) =>
                onChange({ ...chosen, [name]: currentTarget.value.trim() })
              }
            />
          )}
        />
      ))}
    </div>
  );
}
