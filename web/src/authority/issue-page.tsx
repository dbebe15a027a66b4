import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useResource } from '../api/resource.ts';
import type { IssuedNow } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { addressOf } from '../navigation/location.ts';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { readAuthority } from './authority-api.ts';
import { IssueForm } from './issue-form.tsx';
import { IssuedNowView } from './issued-now.tsx';

/** Issues a certificate, and hands it over with its key the one time that there is. */
export function IssuePage(): JSX.Element {
  const [issued, setIssued] = useState<IssuedNow | null>(null);
  const { title, form, done } = texts.value.authority;
  const state = useResource('authority', readAuthority);
  const heading = issued === null ? form.title : done.title;
  return (
    <>
      <PageHead
        title={heading}
        windowTitle={heading}
        back={{ href: addressOf(['authority']), text: title }}
        lead={issued === null ? form.lead : undefined}
      />
      <Loaded resource={state}>
        {(authority) =>
          issued === null ? (
            <IssueForm profiles={authority.profiles} onIssued={setIssued} />
          ) : (
            <IssuedNowView issued={issued} authority={authority} onNext={() => setIssued(null)} />
          )
        }
      </Loaded>
    </>
  );
}
