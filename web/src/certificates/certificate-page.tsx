import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useResource } from '../api/resource.ts';
import { texts } from '../language/language.ts';
import { addressOf, goTo } from '../navigation/location.ts';
import { Badge } from '../parts/badge.tsx';
import { ChainDrawing } from '../parts/chain-drawing.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { readCertificateView } from './certificate-api.ts';
import { CertificateFacts } from './certificate-facts.tsx';
import { DeleteCertificate } from './delete-certificate.tsx';
import { DisableCertificate } from './disable-certificate.tsx';
import { ReplaceCertificate } from './replace-certificate.tsx';

type Action = 'replace' | 'status' | 'delete';

export function CertificatePage({ id }: { readonly id: string }): JSX.Element {
  const [action, setAction] = useState<Action | null>(null);
  const words = texts.value.certificates;
  const reading = useResource(id, (signal) => readCertificateView(id, signal));
  const close = (): void => setAction(null);
  const done = (): void => {
    close();
    reading.reload();
  };
  const view = reading.value?.body ?? null;
  return (
    <>
      <PageHead
        title={<span class="mono">{id}</span>}
        windowTitle={id}
        back={{ href: addressOf(['certificates']), text: words.title }}
        lead={view === null ? undefined : view.snis.slice(0, 3).join(', ')}
      >
        {view === null || view.source === 'file' ? null : (
          <>
            <button type="button" class="button" onClick={() => setAction('replace')}>
              {words.replace}
            </button>
            <button type="button" class="button" onClick={() => setAction('status')}>
              {view.status === 'enabled' ? words.disable : words.enable}
            </button>
            <button type="button" class="button danger" onClick={() => setAction('delete')}>
              {words.delete}
            </button>
          </>
        )}
      </PageHead>
      <Loaded resource={reading}>
        {({ body, etag }) => (
          <>
            {body.source === 'file' ? <p class="note">{words.fromFile(body.file ?? '')}</p> : null}
            {body.status === 'disabled' ? <p class="note warn">{words.isDisabled}</p> : null}
            {body.warnings.map((warning) => (
              <p key={warning} class="note warn">
                {warning}
              </p>
            ))}
            <div class="columns">
              <section class="card">
                <h2>{words.settings}</h2>
                <CertificateFacts view={body} />
              </section>
              <section class="card">
                <h2>
                  {words.chain} <Badge>{body.chain.length}</Badge>
                </h2>
                <ChainDrawing chain={body.chain} />
              </section>
            </div>
            {action === 'replace' ? (
              <ReplaceCertificate view={body} etag={etag} onClose={close} onDone={done} />
            ) : null}
            {action === 'status' ? (
              <DisableCertificate view={body} etag={etag} onClose={close} onDone={done} />
            ) : null}
            {action === 'delete' ? (
              <DeleteCertificate
                view={body}
                etag={etag}
                onClose={close}
                onDone={() => goTo(['certificates'])}
              />
            ) : null}
          </>
        )}
      </Loaded>
    </>
  );
}
