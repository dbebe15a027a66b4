import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useResource } from '../api/resource.ts';
import type { TokenView } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { place, setQuery } from '../navigation/location.ts';
import { Badge } from '../parts/badge.tsx';
import { Confirmation } from '../parts/confirmation.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Pager } from '../parts/pager.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { visibleText } from '../parts/visible-text.ts';
import { listTokens, withdrawToken } from './authority-api.ts';

const PAGE_SIZE = 50;
const EVERY_MS = 5000;
const TONES = { open: 'good', used: 'neutral', expired: 'neutral' } as const;

/** Who may enrol, and who did. */
export function TokenList(): JSX.Element {
  const [withdrawn, setWithdrawn] = useState<TokenView | null>(null);
  const words = texts.value.authority.tokens;
  const page = Math.max(1, Number(place.value.query.get('page')) || 1);
  const query = { page: String(page), page_size: String(PAGE_SIZE) };
  const list = useResource(String(page), (signal) => listTokens(query, signal), EVERY_MS);
  const columns: readonly Column<TokenView>[] = [
    {
      title: words.columns.name,
      width: 28,
      cell: ({ name }) => <ForeignText text={name} most={120} mono />,
    },
    { title: words.columns.profile, width: 14, cell: ({ profile }) => profile },
    {
      title: words.columns.status,
      width: 14,
      cell: ({ status }) => <Badge tone={TONES[status]}>{words.statuses[status]}</Badge>,
    },
    {
      title: words.columns.made,
      width: 16,
      cell: ({ created_at }) => <TimeText at={created_at} form="recent" />,
    },
    {
      title: words.columns.ends,
      width: 16,
      cell: ({ status, expires_at }) => (
        <TimeText at={expires_at} form={status === 'open' ? 'ago' : 'recent'} />
      ),
    },
    {
      title: words.columns.action,
      width: 12,
      cell: (row) =>
        row.status === 'open' ? (
          <button type="button" class="button small" onClick={() => setWithdrawn(row)}>
            {words.withdraw}
          </button>
        ) : (
          '–'
        ),
    },
  ];
  return (
    <Loaded resource={list}>
      {({ items, total }) => (
        <>
          <div class="table-frame">
            {items.length === 0 ? (
              <p class="empty">{words.empty}</p>
            ) : (
              <DataTable
                label={texts.value.authority.tabs.tokens}
                columns={columns}
                rows={items}
                keyOf={({ id }) => id}
              />
            )}
            <Pager
              page={page}
              pageSize={PAGE_SIZE}
              total={total}
              onPage={(next) => setQuery({ page: String(next) })}
            />
          </div>
          {withdrawn === null ? null : (
            <Confirmation
              title={words.withdrawTitle(visibleText(withdrawn.name, 200))}
              confirm={words.withdraw}
              isDangerous
              onClose={() => setWithdrawn(null)}
              onConfirm={async () => {
                await withdrawToken(withdrawn.id);
                setWithdrawn(null);
                list.reload();
              }}
            >
              <p>{words.withdrawText}</p>
            </Confirmation>
          )}
        </>
      )}
    </Loaded>
  );
}
