import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import type { CertificateView } from '../api/types.ts';
import { replaceCertificate } from './certificate-api.ts';
import { draftOf, requestOf } from './certificate-draft.ts';
import { CertificateForm } from './certificate-form.tsx';

export interface ChangeProps {
  readonly view: CertificateView;
  readonly etag: string | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function ReplaceCertificate({ view, etag, onClose, onDone }: ChangeProps): JSX.Element {
  const words = texts.value.certificates.form;
  return (
    <CertificateForm
      title={words.replaceTitle(view.id)}
      submit={words.replace}
      first={draftOf(view)}
      isKeyKept
      onClose={onClose}
      onSubmit={async (draft) => {
        await replaceCertificate(view.id, requestOf(draft, view), etag);
        onDone();
      }}
    />
  );
}
