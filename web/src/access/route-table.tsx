import type { JSX } from 'preact';
import type { RouteView } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Badge } from '../parts/badge.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { Paged } from '../parts/paged.tsx';

const MAX_USERS = 8;

export function RouteTable({ routes }: { readonly routes: readonly RouteView[] }): JSX.Element {
  const { access: words } = texts.value;
  if (routes.length === 0) return <p class="card empty">{words.noRoutes}</p>;
  const columns: readonly Column<RouteView>[] = [
    {
      title: words.columns.listener,
      width: 24,
      cell: ({ listener, certificate }) => (
        <>
          <span class="mono">{listener}</span>
          {certificate === null ? null : (
            <p class="soft small">
              <ForeignText text={certificate.split('/').slice(-2).join('/')} most={80} />
            </p>
          )}
        </>
      ),
    },
    { title: words.columns.match, width: 28, cell: (route) => <Match {...route} /> },
    { title: words.columns.allow, width: 26, cell: (route) => <Allowed {...route} /> },
    {
      title: words.columns.target,
      width: 22,
      cell: ({ target }) => <ForeignText text={target} most={200} mono />,
    },
  ];
  return (
    <Paged rows={routes}>
      {(rows) => (
        <DataTable
          label={words.routes}
          columns={columns}
          rows={rows}
          keyOf={({ listener, certificate, order }) => `${listener} ${certificate ?? ''} ${order}`}
        />
      )}
    </Paged>
  );
}

function Match({ host, path, methods }: RouteView): JSX.Element {
  const { any } = texts.value.access;
  return (
    <span class="mono">
      {methods === null ? null : `${methods.join(' ')} `}
      {host === null && path === null ? any : `${host ?? ''}${path ?? '/*'}`}
    </span>
  );
}

function Allowed({ allow, verify }: RouteView): JSX.Element {
  const { access: words, certificates } = texts.value;
  return (
    <>
      {allow === null ? words.everyone : null}
      {allow?.length === 0 ? <Badge tone="bad">{words.nobody}</Badge> : null}
      {allow?.slice(0, MAX_USERS).map((user) => (
        <div key={user}>
          <ForeignText text={user} most={120} />
        </div>
      ))}
      {allow !== null && allow.length > MAX_USERS ? (
        <div class="soft small">{certificates.moreNames(allow.length - MAX_USERS)}</div>
      ) : null}
      {verify ? <Badge tone="good">{certificates.columns.verification}</Badge> : null}
    </>
  );
}
