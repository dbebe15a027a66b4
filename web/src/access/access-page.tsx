import type { JSX } from 'preact';
import { read } from '../api/client.ts';
import { useResource } from '../api/resource.ts';
import type { RouteView, UserView } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { RouteTable } from './route-table.tsx';
import { UserTable } from './user-table.tsx';

interface Access {
  readonly routes: readonly RouteView[];
  readonly users: readonly UserView[];
}

export function AccessPage(): JSX.Element {
  const words = texts.value.access;
  const access = useResource('access', readAccess);
  return (
    <>
      <PageHead title={words.title} windowTitle={words.title} lead={words.lead} />
      <Loaded resource={access}>
        {({ routes, users }) => (
          <>
            <section class="stack">
              <h2>{words.routes}</h2>
              <RouteTable routes={routes} />
            </section>
            <section class="stack">
              <h2>{words.users}</h2>
              <UserTable users={users} routes={routes} />
            </section>
          </>
        )}
      </Loaded>
    </>
  );
}

async function readAccess(signal: AbortSignal): Promise<Access> {
  const [routes, users] = await Promise.all([
    read<{ items: readonly RouteView[] }>('/v1/routes', signal),
    read<{ items: readonly UserView[] }>('/v1/users', signal),
  ]);
  return { routes: routes.items, users: users.items };
}
