import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useResource } from '../api/resource.ts';
import type { HandshakeSummary } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { place, setQuery } from '../navigation/location.ts';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Pager } from '../parts/pager.tsx';
import { listHandshakes } from './handshake-api.ts';
import { useHandshakeEvents } from './handshake-events.ts';
import { HandshakeFilter } from './handshake-filter.tsx';
import { FILTERS, type HandshakeQuery, matches } from './handshake-query.ts';
import { HandshakeTable } from './handshake-table.tsx';
import './handshakes.css';

const PAGE_SIZE = 50;
/** New ones beyond these push out the oldest that came by themselves. */
const MAX_LIVE = 200;

export function HandshakesPage(): JSX.Element {
  const words = texts.value.handshakes;
  const { query } = place.value;
  const chosen = Object.fromEntries(
    FILTERS.map((name) => [name, query.get(name) ?? '']),
  ) as HandshakeQuery;
  const page = Math.max(1, Number(query.get('page')) || 1);
  const asked = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== ''));
  const key = JSON.stringify([asked, page]);
  const [isPaused, setPaused] = useState(false);
  const [live, setLive] = useState<{ key: string; rows: readonly HandshakeSummary[] }>({
    key,
    rows: [],
  });
  const list = useResource(key, (signal) =>
    listHandshakes({ ...asked, page: String(page), page_size: String(PAGE_SIZE) }, signal),
  );
  useHandshakeEvents(page === 1 && !isPaused, (events) => {
    const fresh = events.filter((event) => matches(event, chosen)).toReversed();
    if (fresh.length === 0) return;
    setLive((last) => {
      const known = last.key === key ? last.rows : [];
      return { key, rows: [...fresh, ...known].slice(0, MAX_LIVE) };
    });
  });
  return (
    <>
      <PageHead title={words.title} windowTitle={words.title} lead={words.lead}>
        <span class={isPaused ? 'live paused' : 'live'} role="status">
          {isPaused ? words.paused : words.live}
        </span>
        <button type="button" class="button" onClick={() => setPaused(!isPaused)}>
          {isPaused ? words.resume : words.pause}
        </button>
      </PageHead>
      <HandshakeFilter chosen={chosen} onChange={setQuery} />
      <Loaded resource={list}>
        {({ items, total }) => {
          const rows = merged(live.key === key && page === 1 ? live.rows : [], items);
          return (
            <div class="table-frame">
              {rows.length === 0 ? (
                <p class="empty">{words.empty}</p>
              ) : (
                <HandshakeTable rows={rows} />
              )}
              <Pager
                page={page}
                pageSize={PAGE_SIZE}
                total={Math.max(total, rows.length)}
                onPage={(next) => setQuery({ ...chosen, page: String(next) })}
              />
            </div>
          );
        }}
      </Loaded>
    </>
  );
}

/** What came by itself before what was read, each once. */
function merged(
  live: readonly HandshakeSummary[],
  items: readonly HandshakeSummary[],
): readonly HandshakeSummary[] {
  const known = new Set(live.map(({ event_id }) => event_id));
  return [...live, ...items.filter(({ event_id }) => !known.has(event_id))];
}
