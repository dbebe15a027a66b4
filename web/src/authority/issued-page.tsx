import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useResource } from '../api/resource.ts';
import type { AuthorityState, IssuedView, RevokedView } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { addressOf } from '../navigation/location.ts';
import { ChainDrawing, type ChainLink } from '../parts/chain-drawing.tsx';
import { Download } from '../parts/download.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { readAuthority, readIssued } from './authority-api.ts';
import { IssuedFacts } from './issued-facts.tsx';
import { RevokeCertificate } from './revoke-certificate.tsx';

/** One certificate that the authority issued. */
export function IssuedPage({ serial }: { readonly serial: string }): JSX.Element {
  const [isRevoking, setRevoking] = useState(false);
  const [revoked, setRevoked] = useState<RevokedView | null>(null);
  const { title, issued: words, list } = texts.value.authority;
  const reading = useResource(serial, async (signal) => {
    const [view, state] = await Promise.all([readIssued(serial, signal), readAuthority(signal)]);
    return { view, state };
  });
  const view = reading.value?.view ?? null;
  const name = view === null || view.subject === '' ? list.noSubject : view.subject;
  return (
    <>
      <PageHead
        title={<ForeignText text={view === null ? serial : name} most={200} />}
        windowTitle={view === null ? serial : name}
        back={{ href: addressOf(['authority']), text: title }}
        lead={<span class="mono small">{serial}</span>}
      >
        {view === null ? null : (
          <Download
            name={`${serial}.crt`}
            text={view.certificate}
            label={words.download}
            look="plain"
          />
        )}
        {view?.status === 'valid' ? (
          <button type="button" class="button danger" onClick={() => setRevoking(true)}>
            {words.revoke}
          </button>
        ) : null}
      </PageHead>
      {revoked === null ? null : (
        <p class="note good row" role="status">
          <Icon name="check" />
          {words.wasRevoked(revoked.closed)}
        </p>
      )}
      {revoked?.list_published === false ? <p class="note warn">{words.notPublished}</p> : null}
      <Loaded resource={reading}>
        {(value) => (
          <>
            <div class="columns">
              <section class="card">
                <h2>{words.facts}</h2>
                <IssuedFacts view={value.view} />
              </section>
              <section class="card">
                <h2>{words.chain}</h2>
                <ChainDrawing chain={chainOf(value.view, value.state)} />
              </section>
            </div>
            {isRevoking ? (
              <RevokeCertificate
                view={value.view}
                onClose={() => setRevoking(false)}
                onDone={(done) => {
                  setRevoking(false);
                  setRevoked(done);
                  reading.reload();
                }}
              />
            ) : null}
          </>
        )}
      </Loaded>
    </>
  );
}

function chainOf(view: IssuedView, { issuing, root }: AuthorityState): ChainLink[] {
  return [view, issuing, root];
}
