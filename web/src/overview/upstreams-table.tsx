import type { JSX } from 'preact';
import type { Status } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Badge } from '../parts/badge.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';

type Upstream = Status['upstreams'][number];

export function UpstreamsTable({
  upstreams,
}: {
  readonly upstreams: readonly Upstream[];
}): JSX.Element {
  const words = texts.value.overview;
  const columns: readonly Column<Upstream>[] = [
    {
      title: words.columns.name,
      width: 60,
      cell: ({ name, detail, state }) => (
        <>
          <span class="mono">
            <ForeignText text={name} most={120} />
          </span>
          {detail === null || state !== 'down' ? null : (
            <p class="soft small">
              <ForeignText text={detail} />
            </p>
          )}
        </>
      ),
    },
    { title: words.columns.state, width: 40, cell: ({ state }) => <State state={state} /> },
  ];
  return (
    <section class="card flush">
      <h2>{words.upstreams}</h2>
      {upstreams.length === 0 ? (
        <p class="empty">{words.noUpstreams}</p>
      ) : (
        <DataTable
          label={words.upstreams}
          columns={columns}
          rows={upstreams}
          keyOf={({ name }) => name}
        />
      )}
    </section>
  );
}

function State({ state }: { readonly state: Upstream['state'] }): JSX.Element {
  const words = texts.value.overview;
  if (state === 'up') return <Badge tone="good">{words.up}</Badge>;
  return state === 'down' ? <Badge tone="bad">{words.down}</Badge> : <Badge>{words.unknown}</Badge>;
}
