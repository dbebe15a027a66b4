import type { JSX } from 'preact';
import type { ClientView } from '../api/types.ts';
import { languageTag, texts } from '../language/language.ts';
import { Badge } from '../parts/badge.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { TimeText } from '../parts/time-text.tsx';

export function ClientTable({ rows }: { readonly rows: readonly ClientView[] }): JSX.Element {
  const { columns: titles, anonymous } = texts.value.clients;
  const format = new Intl.NumberFormat(languageTag.value);
  const columns: readonly Column<ClientView>[] = [
    {
      title: titles.client,
      width: 20,
      cell: ({ subject, fingerprint }) =>
        fingerprint === null ? (
          <span class="soft">{anonymous}</span>
        ) : (
          <>
            <ForeignText text={subject} most={120} mono />
            <div class="soft small mono">{fingerprint.slice(0, 16)}…</div>
          </>
        ),
    },
    {
      title: titles.user,
      width: 17,
      cell: ({ user }) => (user === null ? '–' : <ForeignText text={user} most={80} />),
    },
    {
      title: titles.lastSeen,
      width: 12,
      cell: ({ last_seen }) => (last_seen === null ? '–' : <TimeText at={last_seen} form="ago" />),
    },
    {
      title: titles.where,
      width: 14,
      cell: ({ address, listener, protocol }) => (
        <>
          <span class="mono">{address}</span>
          <div class="soft small">
            {protocol} <span class="mono">{listener}</span>
          </div>
        </>
      ),
    },
    {
      title: titles.expiry,
      width: 12,
      cell: ({ not_after }) => (not_after === null ? '–' : <TimeText at={not_after} form="date" />),
    },
    { title: titles.decision, width: 18, cell: (row) => <Decision {...row} /> },
    {
      title: titles.count,
      width: 7,
      isNumber: true,
      cell: ({ count }) => format.format(count),
    },
  ];
  return (
    <DataTable
      label={texts.value.clients.title}
      columns={columns}
      rows={rows}
      keyOf={({ listener, fingerprint, address }) => `${listener} ${fingerprint ?? address}`}
    />
  );
}

function Decision({ decision, mode, finding }: ClientView): JSX.Element {
  const { clients: words, causes } = texts.value;
  if (decision === 'admit') return <Badge tone="good">{words.admit}</Badge>;
  return (
    <>
      {mode === 'observe' ? (
        <Badge tone="warn">{words.wouldRefuse}</Badge>
      ) : (
        <Badge tone="bad">{words.refuse}</Badge>
      )}
      {finding === null ? null : <p class="soft small">{causes[finding] ?? finding}</p>}
    </>
  );
}
