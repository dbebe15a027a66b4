import type { JSX } from 'preact';
import { useResource } from '../api/resource.ts';
import { texts } from '../language/language.ts';
import { addressOf } from '../navigation/location.ts';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { readAuthority } from './authority-api.ts';
import { AuthorityState } from './authority-state.tsx';
import { IssuedList } from './issued-list.tsx';
import { NoAuthority } from './no-authority.tsx';
import { TokenList } from './token-list.tsx';
import './authority.css';

const EVERY_MS = 10_000;

/** The authority: how it does, and what it issued and permitted. */
export function AuthorityPage({ part }: { readonly part: 'certificates' | 'tokens' }): JSX.Element {
  const words = texts.value.authority;
  const state = useResource('authority', readAuthority, EVERY_MS);
  const isMissing = state.problem?.status === 404;
  return (
    <>
      <PageHead title={words.title} windowTitle={words.title} lead={words.lead}>
        {state.value === null || isMissing ? null : (
          <>
            <a class="button" href={addressOf(['authority', 'token'])}>
              {words.makeToken}
            </a>
            <a class="button primary" href={addressOf(['authority', 'issue'])}>
              {words.issue}
            </a>
          </>
        )}
      </PageHead>
      {isMissing ? (
        <NoAuthority />
      ) : (
        <Loaded resource={state}>
          {(value) => (
            <>
              <AuthorityState state={value} />
              <nav class="tabs" aria-label={words.tabs.label}>
                {(['certificates', 'tokens'] as const).map((name) => (
                  <a
                    key={name}
                    href={addressOf(name === 'tokens' ? ['authority', name] : ['authority'])}
                    aria-current={name === part ? 'page' : undefined}
                  >
                    {words.tabs[name]}
                  </a>
                ))}
              </nav>
              {part === 'tokens' ? <TokenList /> : <IssuedList profiles={value.profiles} />}
            </>
          )}
        </Loaded>
      )}
    </>
  );
}
