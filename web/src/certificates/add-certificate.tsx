import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import type { CertificateView } from '../api/types.ts';
import { addCertificate } from './certificate-api.ts';
import { emptyDraft, requestOf } from './certificate-draft.ts';
import { CertificateForm } from './certificate-form.tsx';

interface AddCertificateProps {
  readonly onClose: () => void;
  readonly onDone: (view: CertificateView) => void;
}

export function AddCertificate({ onClose, onDone }: AddCertificateProps): JSX.Element {
  const words = texts.value.certificates;
  return (
    <CertificateForm
      title={words.form.addTitle}
      submit={words.form.add}
      first={emptyDraft}
      isKeyKept={false}
      onClose={onClose}
      onSubmit={async (draft) => {
        const { body } = await addCertificate(requestOf(draft, null));
        onDone(body);
      }}
    />
  );
}
