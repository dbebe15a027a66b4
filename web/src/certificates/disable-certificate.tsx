import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { Confirmation } from '../parts/confirmation.tsx';
import { setStatus } from './certificate-api.ts';
import type { ChangeProps } from './replace-certificate.tsx';
import { WhatStops } from './what-stops.tsx';

/** Takes a certificate out of service, or back into it. */
export function DisableCertificate({ view, etag, onClose, onDone }: ChangeProps): JSX.Element {
  const words = texts.value.certificates;
  const isOn = view.status === 'enabled';
  return (
    <Confirmation
      title={isOn ? words.disableTitle(view.id) : words.enableTitle(view.id)}
      confirm={isOn ? words.disable : words.enable}
      isDangerous={isOn}
      onClose={onClose}
      onConfirm={async () => {
        await setStatus(view.id, isOn ? 'disabled' : 'enabled', etag);
        onDone();
      }}
    >
      {isOn ? (
        <>
          <p>{words.disableText}</p>
          <WhatStops view={view} />
        </>
      ) : (
        <p>{words.enableText(view.snis.join(', '))}</p>
      )}
    </Confirmation>
  );
}
