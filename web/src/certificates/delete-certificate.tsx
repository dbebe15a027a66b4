import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { Confirmation } from '../parts/confirmation.tsx';
import { deleteCertificate } from './certificate-api.ts';
import type { ChangeProps } from './replace-certificate.tsx';
import { WhatStops } from './what-stops.tsx';

export function DeleteCertificate({ view, etag, onClose, onDone }: ChangeProps): JSX.Element {
  const words = texts.value.certificates;
  return (
    <Confirmation
      title={words.deleteTitle(view.id)}
      confirm={words.delete}
      isDangerous
      onClose={onClose}
      onConfirm={async () => {
        await deleteCertificate(view.id, etag);
        onDone();
      }}
    >
      <p>{words.deleteText}</p>
      <WhatStops view={view} />
    </Confirmation>
  );
}
