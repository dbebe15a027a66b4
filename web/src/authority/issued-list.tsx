import type { JSX } from 'preact';
import { useResource } from '../api/resource.ts';
import type { AuthorityState } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { place, setQuery } from '../navigation/location.ts';
import { Field } from '../parts/field.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Pager } from '../parts/pager.tsx';
import { listIssued } from './authority-api.ts';
import { IssuedTable } from './issued-table.tsx';

const PAGE_SIZE = 50;
const EVERY_MS = 10_000;
const FILTERS = ['q', 'status', 'profile', 'within', 'sort'] as const;
const STATUSES = ['valid', 'expired', 'revoked'] as const;
const WITHIN_DAYS = [7, 30, 90];
const DAY_MS = 86_400_000;

/** What was issued, the newest first unless asked otherwise. */
export function IssuedList({
  profiles,
}: {
  readonly profiles: AuthorityState['profiles'];
}): JSX.Element {
  const words = texts.value.authority.list;
  const { all } = texts.value.common;
  const { query } = place.value;
  const chosen = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? '']));
  const page = Math.max(1, Number(query.get('page')) || 1);
  const list = useResource(
    JSON.stringify([chosen, page]),
    (signal) => listIssued(queryOf(chosen, page), signal),
    EVERY_MS,
  );
  const filter = (name: string, value: string): void => setQuery({ ...chosen, [name]: value });
  const select = (
    name: (typeof FILTERS)[number],
    label: string,
    options: readonly (readonly [string, string])[],
  ): JSX.Element => (
    <Field
      label={label}
      control={(ids) => (
        <select
          {...ids}
          class="input"
          value={chosen[name]}
          onChange={({ currentTarget }) => filter(name, currentTarget.value)}
        >
          <option value="">{all}</option>
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    />
  );
  return (
    <>
      <div class="toolbar">
        <Field
          label={words.search}
          isWide
          control={(ids) => (
            <input
              {...ids}
              class="input"
              type="search"
              value={chosen['q']}
              onInput={({ currentTarget }) => filter('q', currentTarget.value)}
            />
          )}
        />
        {select(
          'status',
          words.status,
          STATUSES.map((status) => [status, words.statuses[status]]),
        )}
        {select(
          'profile',
          words.profile,
          profiles.map(({ name }) => [name, name]),
        )}
        {select(
          'within',
          words.expiry,
          WITHIN_DAYS.map((days) => [String(days), words.within(days)]),
        )}
      </div>
      <Loaded resource={list}>
        {({ items, total }) => (
          <div class="table-frame">
            {items.length === 0 ? (
              <p class="empty">{words.empty}</p>
            ) : (
              <IssuedTable
                rows={items}
                sort={chosen['sort'] ?? ''}
                onSort={(sort) => filter('sort', sort)}
              />
            )}
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

function queryOf(chosen: Readonly<Record<string, string>>, page: number): Record<string, string> {
  const { within = '', ...rest } = chosen;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== ''));
  const days = Number(within);
  return {
    ...given,
    ...(days > 0 ? { expires_before: new Date(Date.now() + days * DAY_MS).toISOString() } : {}),
    page: String(page),
    page_size: String(PAGE_SIZE),
  };
}
