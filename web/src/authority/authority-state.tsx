import type { ComponentChildren, JSX } from 'preact';
import type { AuthorityState as State } from '../api/types.ts';
import { ExpiryBar } from '../certificates/expiry-bar.tsx';
import { texts } from '../language/language.ts';
import { Badge } from '../parts/badge.tsx';
import { Download } from '../parts/download.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { Icon } from '../parts/icon.tsx';
import { TimeText } from '../parts/time-text.tsx';

/** Who issues, for how long still, whether it can sign, and what it has published. */
export function AuthorityState({ state }: { readonly state: State }): JSX.Element {
  const words = texts.value.authority.state;
  const { root, issuing, signing, crl, enrolment, counts } = state;
  return (
    <section class="card stack" aria-label={words.title}>
      {signing.possible ? null : (
        <div class="note warn">
          <p>
            <ForeignText text={signing.problem ?? ''} most={1000} />
          </p>
          {signing.is_locked ? <p>{words.unlock}</p> : null}
        </div>
      )}
      <dl class="authority-facts">
        <Fact title={words.root}>
          <ForeignText text={root.subject} mono />
          <ExpiryBar from={root.not_before} until={root.not_after} />
        </Fact>
        <Fact title={words.issuing}>
          <ForeignText text={issuing.subject} mono />
          <ExpiryBar from={issuing.not_before} until={issuing.not_after} />
        </Fact>
        <Fact title={words.signing}>
          <Badge tone={signing.possible ? 'good' : 'warn'}>
            {signing.possible ? words.canSign : words.canNotSign}
          </Badge>
        </Fact>
        <Fact title={words.list}>
          {crl === null ? (
            <Badge tone="warn">{words.noList}</Badge>
          ) : (
            <>
              {words.updated} <TimeText at={crl.this_update} form="ago" />
              {state.list_url === null ? null : (
                <div class="small">
                  <ForeignText text={state.list_url} mono />
                </div>
              )}
              {crl.next_update === null ? null : (
                <div class="soft small">
                  {words.due} <TimeText at={crl.next_update} form="ago" />
                </div>
              )}
            </>
          )}
        </Fact>
        <Fact title={words.enrolment}>
          {enrolment.address === null ? (
            <span class="soft">{words.noEnrolment}</span>
          ) : (
            <ForeignText text={enrolment.url ?? enrolment.address} mono />
          )}
        </Fact>
        <Fact title={words.issued}>
          {words.counts(counts.valid, counts.expiring, counts.revoked)}
        </Fact>
      </dl>
      <div class="row">
        <Download name="ca.crt" text={root.certificate} label={words.downloadRoot} />
        {crl === null ? null : (
          <a class="button small" href="/v1/ca/crl" download="ca.crl">
            <Icon name="download" />
            {words.downloadList}
          </a>
        )}
      </div>
    </section>
  );
}

function Fact({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="authority-fact">
      <dt class="soft small">{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}
