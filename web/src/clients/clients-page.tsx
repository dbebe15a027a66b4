import type { JSX } from 'preact';
import { read } from '../api/client.ts';
import { useResource } from '../api/resource.ts';
import type { ClientView, Page } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { place, setQuery } from '../navigation/location.ts';
import { Field } from '../parts/field.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Pager } from '../parts/pager.tsx';
import { ClientTable } from './client-table.tsx';
import { ReadinessCard } from './readiness-card.tsx';

const PAGE_SIZE = 50;
const EVERY_MS = 5000;

export function ClientsPage(): JSX.Element {
  const { clients: words, common } = texts.value;
  const { query } = place.value;
  const chosen = { q: query.get('q') ?? '', decision: query.get('decision') ?? '' };
  const page = Math.max(1, Number(query.get('page')) || 1);
  const asked = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== ''));
  const search = new URLSearchParams({
    ...asked,
    page: String(page),
    page_size: String(PAGE_SIZE),
  }).toString();
  const list = useResource(
    search,
    (signal) => read<Page<ClientView>>(`/v1/clients?${search}`, signal),
    EVERY_MS,
  );
  return (
    <>
      <PageHead title={words.title} windowTitle={words.title} lead={words.lead} />
      <ReadinessCard />
      <div class="toolbar">
        <Field
          label={words.filter.search}
          isWide
          control={(ids) => (
            <input
              {...ids}
              class="input"
              type="search"
              value={chosen.q}
              onInput={({ currentTarget }) => setQuery({ ...chosen, q: currentTarget.value })}
            />
          )}
        />
        <Field
          label={words.filter.decision}
          control={(ids) => (
            <select
              {...ids}
              class="input"
              value={chosen.decision}
              onChange={({ currentTarget }) =>
                setQuery({ ...chosen, decision: currentTarget.value })
              }
            >
              <option value="">{common.all}</option>
              <option value="admit">{words.admit}</option>
              <option value="refuse">{words.refuse}</option>
            </select>
          )}
        />
      </div>
      <Loaded resource={list}>
        {({ items, total }) => (
          <div class="table-frame">
            {items.length === 0 ? <p class="empty">{words.empty}</p> : <ClientTable rows={items} />}
            <Pager
              page={page}
              pageSize={PAGE_SIZE}
              total={total}
              onPage={(next) => setQuery({ ...chosen, page: String(next) })}
            />
          </div>
        )}
      </Loaded>
    </>
  );
}
