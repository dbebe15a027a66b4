import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { Field } from '../parts/field.tsx';
import { API_NAMES, type HolderDraft, type Profile } from './holder-draft.ts';

type TextName = keyof typeof API_NAMES;

interface HolderFieldsProps {
  readonly draft: HolderDraft;
  readonly profiles: readonly Profile[];
  readonly kind: Profile['kind'];
  /** What is wrong with a field of the API. */
  readonly about: (path: string) => string | null;
  readonly onChange: (part: Partial<HolderDraft>) => void;
}

const MORE: Readonly<Record<Profile['kind'], readonly TextName[]>> = {
  client: ['dnsNames', 'uris', 'ipAddresses', 'upns', 'subject'],
  server: ['subject'],
};

/** Whom a certificate is for. */
export function HolderFields(props: HolderFieldsProps): JSX.Element {
  const { draft, profiles, kind, about, onChange } = props;
  const words = texts.value.authority.holder;
  const profile = profiles.find(({ name }) => name === draft.profile);
  const isServer = kind === 'server';
  const labels: Readonly<Record<TextName, string>> = {
    name: isServer ? words.serverName : words.clientName,
    emails: words.emails,
    dnsNames: isServer ? words.moreDnsNames : words.dnsNames,
    ipAddresses: words.ipAddresses,
    uris: words.uris,
    upns: words.upns,
    subject: words.subject,
  };
  const line = (name: 'name' | 'subject', hint: string): JSX.Element => (
    <Field
      key={name}
      label={labels[name]}
      hint={hint}
      error={about(API_NAMES[name])}
      control={(ids) => (
        <input
          {...ids}
          class="input"
          autocomplete="off"
          spellcheck={false}
          value={draft[name]}
          onInput={({ currentTarget }) => onChange({ [name]: currentTarget.value })}
        />
      )}
    />
  );
  const lines = (name: TextName): JSX.Element => (
    <Field
      key={name}
      label={labels[name]}
      hint={words.perLine}
      error={about(API_NAMES[name])}
      control={(ids) => (
        <textarea
          {...ids}
          class="input short"
          autocomplete="off"
          spellcheck={false}
          value={draft[name]}
          onInput={({ currentTarget }) => onChange({ [name]: currentTarget.value })}
        />
      )}
    />
  );
  return (
    <>
      <Field
        label={words.profile}
        {...(profile === undefined
          ? {}
          : { hint: words.profileHint(words.kinds[profile.kind], profile.days) })}
        error={about('profile')}
        control={(ids) => (
          <select
            {...ids}
            class="input"
            value={draft.profile}
            onChange={({ currentTarget }) => onChange({ profile: currentTarget.value })}
          >
            {profiles.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        )}
      />
      {line('name', isServer ? words.serverNameHint : words.clientNameHint)}
      {isServer ? (
        <>
          {lines('dnsNames')}
          {lines('ipAddresses')}
        </>
      ) : (
        lines('emails')
      )}
      <details>
        <summary>{words.more}</summary>
        <div class="stack advanced">
          {MORE[kind].map((name) =>
            name === 'subject' ? line(name, words.subjectHint) : lines(name),
          )}
        </div>
      </details>
    </>
  );
}
