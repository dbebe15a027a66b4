import type { JSX } from 'preact';
import { useResource } from '../api/resource.ts';
import type { HandshakeView } from '../api/types.ts';
import { language, texts } from '../language/language.ts';
import { addressOf } from '../navigation/location.ts';
import { ChainDrawing } from '../parts/chain-drawing.tsx';
import { FindingCard } from '../parts/finding-card.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { readHandshake } from './handshake-api.ts';
import { HandshakeDrawing } from './handshake-drawing.tsx';
import { HandshakeFacts } from './handshake-facts.tsx';
import { OutcomeBadge } from './outcome-badge.tsx';
import { presentedChain } from './presented-chain.ts';

export function HandshakePage({ id }: { readonly id: string }): JSX.Element {
  const words = texts.value.handshakes;
  const reading = useResource(`${language.value} ${id}`, (signal) =>
    readHandshake(id, language.value, signal),
  );
  return (
    <>
      <PageHead
        title={
          <>
            {words.detailTitle} <span class="mono soft">{id}</span>
          </>
        }
        windowTitle={`${words.detailTitle} ${id}`}
        back={{ href: addressOf(['handshakes']), text: words.title }}
        lead={
          reading.value === null ? undefined : (
            <>
              <OutcomeBadge outcome={reading.value.outcome} />{' '}
              <TimeText at={reading.value.started_at} form="moment" />
            </>
          )
        }
      />
      <Loaded resource={reading}>{(handshake) => <Handshake handshake={handshake} />}</Loaded>
    </>
  );
}

function Handshake({ handshake }: { readonly handshake: HandshakeView }): JSX.Element {
  const { handshakes: words, causes } = texts.value;
  const { cause, findings } = handshake;
  const { links, fault, left } = presentedChain(handshake);
  return (
    <>
      {findings.map((finding) => (
        <FindingCard key={finding.code} finding={finding} />
      ))}
      <div class="columns wide-first">
        <section class="card">
          <h2>{words.drawing}</h2>
          {handshake.resumed ? <p class="note small">{words.resumed}</p> : null}
          <HandshakeDrawing handshake={handshake} />
        </section>
        <div class="stack">
          <section class="card">
            <h2>{words.chain}</h2>
            {links.length === 0 ? (
              <p class="soft">{words.noChain}</p>
            ) : (
              <ChainDrawing
                chain={links}
                {...(fault !== null && cause !== null
                  ? { fault: { fingerprint: fault, text: causes[cause] ?? cause } }
                  : {})}
              />
            )}
            {left > 0 ? <p class="soft small">{words.moreCertificates(left)}</p> : null}
          </section>
          <section class="card">
            <h2>{words.facts}</h2>
            <HandshakeFacts handshake={handshake} />
          </section>
        </div>
      </div>
    </>
  );
}
