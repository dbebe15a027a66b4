import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useResource } from '../api/resource.ts';
import type { IssuedView, RevokedView } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Confirmation } from '../parts/confirmation.tsx';
import { Field } from '../parts/field.tsx';
import { visibleText } from '../parts/visible-text.ts';
import { countConnections, revoke } from './authority-api.ts';

const EVERY_MS = 2000;

type Reason = NonNullable<IssuedView['reason']>;

interface RevokeCertificateProps {
  readonly view: IssuedView;
  readonly onClose: () => void;
  readonly onDone: (revoked: RevokedView) => void;
}

/** Asks why, and says what of the moment ends with it. */
export function RevokeCertificate({ view, onClose, onDone }: RevokeCertificateProps): JSX.Element {
  const [reason, setReason] = useState<Reason>('unspecified');
  const { revocation: words, reasons, list } = texts.value.authority;
  const count = useResource(
    view.serial,
    (signal) => countConnections(view.serial, signal),
    EVERY_MS,
  );
  return (
    <Confirmation
      title={words.title(view.subject === '' ? list.noSubject : visibleText(view.subject, 200))}
      confirm={words.confirm}
      isDangerous
      onClose={onClose}
      onConfirm={async () => onDone(await revoke(view.serial, reason))}
    >
      <p>{words.text}</p>
      <p class={(count.value ?? 0) > 0 ? 'note warn' : 'note'} role="status">
        {count.value === null ? words.counting : words.closes(count.value)}
      </p>
      <Field
        label={words.reason}
        control={(ids) => (
          <select
            {...ids}
            class="input"
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value as Reason)}
          >
            {Object.entries(reasons).map(([name, text]) => (
              <option key={name} value={name}>
                {text}
              </option>
            ))}
          </select>
        )}
      />
    </Confirmation>
  );
}
