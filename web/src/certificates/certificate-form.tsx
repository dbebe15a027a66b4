import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem.ts';
import { texts } from '../language/language.ts';
import { Choice } from '../parts/choice.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { Switch } from '../parts/switch.tsx';
import { AdvancedFields } from './advanced-fields.tsx';
import type { CertificateDraft } from './certificate-draft.ts';
import { KeySummary } from './key-summary.tsx';
import { PemField } from './pem-field.tsx';
import { isEncrypted, withoutKeys } from './pem-text.ts';
import { ReadSummary } from './read-summary.tsx';

interface CertificateFormProps {
  readonly title: string;
  /** What the button says that sends it. */
  readonly submit: string;
  readonly first: CertificateDraft;
  /** Whether the key may be left out, as the one that is there stays. */
  readonly isKeyKept: boolean;
  readonly onClose: () => void;
  /** Rejects with ApiProblem, which is shown at its fields. */
  readonly onSubmit: (draft: CertificateDraft) => Promise<void>;
}

const SHOWN_AT_FIELDS = [
  'certificate',
  'key',
  'passphrase',
  'client.ca',
  'snis',
  'client.depth',
  'client.skip_paths',
];

/** Everything that makes a certificate of the gateway: to add one, and to replace one. */
export function CertificateForm(props: CertificateFormProps): JSX.Element {
  const { title, submit, first, isKeyKept, onClose, onSubmit } = props;
  const [draft, setDraft] = useState(first);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const end = useRef<HTMLDivElement>(null);
  const { form: words, types } = texts.value.certificates;
  const change = (part: Partial<CertificateDraft>): void =>
    setDraft((last) => ({ ...last, ...part }));
  const about = (path: string): string | null => problem?.about(path) ?? null;
  const isShownAtField = SHOWN_AT_FIELDS.some((path) => about(path) !== null);
  const isComplete = draft.certificate.trim() !== '' && (isKeyKept || draft.key.trim() !== '');
  const send = async (): Promise<void> => {
    if (isBusy || !isComplete) return;
    setBusy(true);
    setProblem(null);
    try {
      await onSubmit(draft);
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error : new ApiProblem(0, ''));
      setBusy(false);
      end.current?.scrollIntoView({ block: 'nearest' });
    }
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={() => void send()}
      foot={
        <>
          <button type="button" class="button" onClick={onClose}>
            {texts.value.common.cancel}
          </button>
          <button type="submit" class="button primary" disabled={isBusy || !isComplete}>
            {submit}
          </button>
        </>
      }
    >
      <Choice
        label={words.type}
        options={[
          ['server', types.server],
          ['client', types.client],
        ]}
        value={draft.type}
        onChange={(type) => change({ type })}
      />
      {draft.type === 'client' ? <p class="note small">{words.clientHint}</p> : null}
      <PemField
        label={words.certificate}
        hint={words.certificateHint}
        error={about('certificate')}
        value={draft.certificate}
        onChange={(text) => {
          const { rest, keys } = withoutKeys(text);
          change({ certificate: rest, ...(keys === '' ? {} : { key: keys }) });
        }}
      />
      <ReadSummary text={draft.certificate} label={words.certificate} />
      <PemField
        label={words.key}
        hint={isKeyKept ? words.keyKept : words.keyHint}
        error={about('key')}
        value={draft.key}
        onChange={(key) => change({ key })}
        isSecret
      />
      <KeySummary text={draft.key} />
      {isEncrypted(draft.key) ? (
        <Field
          label={words.passphrase}
          error={about('passphrase')}
          control={(ids) => (
            <input
              {...ids}
              class="input"
              type="password"
              autocomplete="off"
              value={draft.passphrase}
              onInput={({ currentTarget }) => change({ passphrase: currentTarget.value })}
            />
          )}
        />
      ) : null}
      {draft.type === 'server' ? (
        <>
          <Switch
            label={words.verification}
            hint={words.verificationHint}
            isOn={draft.verifiesPeer}
            onChange={(verifiesPeer) => change({ verifiesPeer })}
          />
          {draft.verifiesPeer ? (
            <>
              <PemField
                label={words.ca}
                hint={words.caHint}
                error={about('client.ca')}
                value={draft.ca}
                onChange={(ca) => change({ ca })}
              />
              <ReadSummary text={draft.ca} label={words.ca} />
            </>
          ) : null}
        </>
      ) : null}
      {draft.type === 'server' ? (
        <AdvancedFields draft={draft} problem={problem} onChange={change} />
      ) : null}
      <div ref={end}>
        {problem !== null && !isShownAtField ? <ProblemNote problem={problem} /> : null}
        {isShownAtField ? (
          <p class="field-error" role="alert">
            {words.lookAbove}
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}
