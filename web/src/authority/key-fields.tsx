import type { JSX } from 'preact';
import type { LeafPreview } from '../api/types.ts';
import { PemField } from '../certificates/pem-field.tsx';
import { texts } from '../language/language.ts';
import { Choice } from '../parts/choice.tsx';
import { Field } from '../parts/field.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import type { Profile } from './holder-draft.ts';
import { type IssueDraft, KEY_FORMS } from './issue-draft.ts';

const KEY_TYPES = ['p256', 'p384', 'ed25519', 'rsa2048', 'rsa3072', 'rsa4096'];

interface KeyFieldsProps {
  readonly draft: IssueDraft;
  readonly profile: Profile | undefined;
  /** What a request names; null: there is none that can be read. */
  readonly requested: LeafPreview['requested'];
  readonly about: (path: string) => string | null;
  readonly onChange: (part: Partial<IssueDraft>) => void;
}

/** Where the private key comes from, and in what form it is handed over. */
export function KeyFields(props: KeyFieldsProps): JSX.Element {
  const { draft, profile, requested, about, onChange } = props;
  const words = texts.value.authority.form;
  const { keyForm } = draft;
  return (
    <>
      <div>
        <Choice
          label={words.key}
          options={KEY_FORMS.map((form) => [form, words.keyForms[form]] as const)}
          value={keyForm}
          onChange={(form) => onChange({ keyForm: form })}
        />
        <p class="soft small">{words.keyHints[keyForm]}</p>
      </div>
      {keyForm === 'request' ? (
        <>
          <PemField
            label={words.request}
            error={about('request')}
            value={draft.request}
            onChange={(request) => onChange({ request })}
          />
          {requested === null ? null : (
            <p class="note">
              {words.requestNames}{' '}
              <ForeignText
                text={[requested.subject, ...requested.subject_alt_names].join(', ')}
                mono
              />
            </p>
          )}
        </>
      ) : (
        <Field
          label={words.keyType}
          error={about('key.type')}
          control={(ids) => (
            <select
              {...ids}
              class="input"
              value={draft.keyType === '' ? 'p256' : draft.keyType}
              onChange={({ currentTarget }) => onChange({ keyType: currentTarget.value })}
            >
              {(profile?.key_types ?? KEY_TYPES).map((type) => (
                <option key={type} value={type}>
                  {type}
                </option>
              ))}
            </select>
          )}
        />
      )}
      {keyForm === 'pkcs12' ? <Passwords {...props} /> : null}
    </>
  );
}

function Passwords({ draft, about, onChange }: KeyFieldsProps): JSX.Element {
  const words = texts.value.authority.form;
  const field = (name: 'password' | 'again', error: string | null): JSX.Element => (
    <Field
      label={words[name]}
      error={error}
      control={(ids) => (
        <input
          {...ids}
          class="input"
          type="password"
          autocomplete="new-password"
          value={draft[name]}
          onInput={({ currentTarget }) => onChange({ [name]: currentTarget.value })}
        />
      )}
    />
  );
  const differs = draft.again !== '' && draft.again !== draft.password;
  return (
    <>
      {field('password', about('key.password'))}
      {field('again', differs ? words.differs : null)}
    </>
  );
}
