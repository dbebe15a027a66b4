import type { JSX } from 'preact';
import type { RouteView, UserView } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { Paged } from '../parts/paged.tsx';

const MAX_ROUTES = 6;

interface UserTableProps {
  readonly users: readonly UserView[];
  readonly routes: readonly RouteView[];
}

/** Each user with what it reaches. */
export function UserTable({ users, routes }: UserTableProps): JSX.Element {
  const { access: words } = texts.value;
  if (users.length === 0) return <p class="card empty">{words.noUsers}</p>;
  const columns: readonly Column<UserView>[] = [
    {
      title: words.columns.user,
      width: 40,
      cell: ({ user }) => (
        <strong>
          <ForeignText text={user} most={200} />
        </strong>
      ),
    },
    {
      title: words.columns.reaches,
      width: 60,
      cell: ({ user, listeners }) => <Reaches routes={reachableBy(user, listeners, routes)} />,
    },
  ];
  return (
    <Paged rows={users}>
      {(rows) => (
        <DataTable label={words.users} columns={columns} rows={rows} keyOf={({ user }) => user} />
      )}
    </Paged>
  );
}

function reachableBy(
  user: string,
  listeners: readonly string[],
  routes: readonly RouteView[],
): readonly RouteView[] {
  return routes.filter(
    ({ allow, listener }) =>
      listeners.includes(listener) && (allow === null || allow.includes(user)),
  );
}

function Reaches({ routes }: { readonly routes: readonly RouteView[] }): JSX.Element {
  const { access: words, certificates } = texts.value;
  return (
    <>
      {routes.length === 0 ? words.nothing : null}
      {routes.slice(0, MAX_ROUTES).map(({ listener, certificate, order, host, path, target }) => (
        <div key={`${listener} ${certificate ?? ''} ${order}`}>
          <span class="mono">{`${host ?? listener}${path ?? '/*'}`}</span>{' '}
          <span class="soft">→ </span>
          <ForeignText text={target} most={120} mono />
        </div>
      ))}
      {routes.length > MAX_ROUTES ? (
        <div class="soft small">{certificates.moreNames(routes.length - MAX_ROUTES)}</div>
      ) : null}
    </>
  );
}
