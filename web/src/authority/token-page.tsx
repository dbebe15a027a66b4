import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useResource } from '../api/resource.ts';
import type { TokenNow } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { addressOf } from '../navigation/location.ts';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { readAuthority } from './authority-api.ts';
import { TokenForm } from './token-form.tsx';
import { TokenNowView } from './token-now.tsx';

/** Makes a token, and shows its command the one time that there is. */
export function TokenPage(): JSX.Element {
  const [made, setMade] = useState<TokenNow | null>(null);
  const { tabs, token: words } = texts.value.authority;
  const state = useResource('authority', readAuthority);
  return (
    <>
      <PageHead
        title={words.title}
        windowTitle={words.title}
        back={{ href: addressOf(['authority', 'tokens']), text: tabs.tokens }}
        lead={words.lead}
      />
      <Loaded resource={state}>
        {({ profiles, enrolment }) =>
          made === null ? (
            <TokenForm profiles={profiles} servedAt={enrolment.url} onMade={setMade} />
          ) : (
            <TokenNowView made={made} onNext={() => setMade(null)} />
          )
        }
      </Loaded>
    </>
  );
}
