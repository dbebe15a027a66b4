import type { JSX } from 'preact';
import type { IssuedSummary } from '../api/types.ts';
import { ExpiryBar } from '../certificates/expiry-bar.tsx';
import { texts } from '../language/language.ts';
import { addressOf } from '../navigation/location.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { StatusBadge } from './status-badge.tsx';

/** Names beyond these are counted. */
const MAX_NAMES = 3;

interface IssuedTableProps {
  readonly rows: readonly IssuedSummary[];
  readonly sort: string;
  readonly onSort: (sort: string) => void;
}

export function IssuedTable({ rows, sort, onSort }: IssuedTableProps): JSX.Element {
  const words = texts.value.authority.list;
  const columns: readonly Column<IssuedSummary>[] = [
    { title: words.columns.holder, width: 34, sort: 'subject', cell: (row) => <Holder {...row} /> },
    { title: words.columns.profile, width: 12, sort: 'profile', cell: ({ profile }) => profile },
    {
      title: words.columns.expiry,
      width: 20,
      sort: 'not_after',
      cell: ({ status, not_before, not_after }) =>
        status === 'revoked' ? (
          <StatusBadge status={status} />
        ) : (
          <ExpiryBar from={not_before} until={not_after} />
        ),
    },
    {
      title: words.columns.issued,
      width: 16,
      sort: 'issued_at',
      cell: ({ issued_at }) => <TimeText at={issued_at} form="recent" />,
    },
    {
      title: words.columns.requestedBy,
      width: 18,
      cell: ({ requested_by }) => <ForeignText text={requested_by} most={80} />,
    },
  ];
  return (
    <DataTable
      label={texts.value.authority.title}
      columns={columns}
      rows={rows}
      keyOf={({ serial }) => serial}
      sort={sort}
      onSort={onSort}
    />
  );
}

function Holder({ serial, subject, subject_alt_names: names }: IssuedSummary): JSX.Element {
  const { list: words } = texts.value.authority;
  const more = names.length - MAX_NAMES;
  return (
    <>
      <a href={addressOf(['authority', 'certificates', serial])}>
        <ForeignText text={subject === '' ? words.noSubject : subject} most={120} mono />
      </a>
      {names.slice(0, MAX_NAMES).map((name) => (
        <div key={name} class="soft small">
          <ForeignText text={name} most={100} />
        </div>
      ))}
      {more > 0 ? <div class="soft small">{texts.value.certificates.moreNames(more)}</div> : null}
    </>
  );
}
