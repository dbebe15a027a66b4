import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { addressOf } from '../navigation/location.ts';
import { Badge } from '../parts/badge.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import type { CertificateSummary } from '../api/types.ts';
import { ExpiryBar } from './expiry-bar.tsx';
import { VerificationBadge } from './verification-badge.tsx';

/** Names beyond these are counted. */
const MAX_NAMES = 4;

interface CertificateTableProps {
  readonly rows: readonly CertificateSummary[];
  readonly sort: string;
  readonly onSort: (sort: string) => void;
}

export function CertificateTable({ rows, sort, onSort }: CertificateTableProps): JSX.Element {
  const words = texts.value.certificates;
  const columns: readonly Column<CertificateSummary>[] = [
    {
      title: words.columns.id,
      width: 22,
      sort: 'id',
      cell: ({ id, status }) => (
        <>
          <a href={addressOf(['certificates', id])} class="mono">
            {id}
          </a>{' '}
          {status === 'disabled' ? <Badge tone="warn">{words.disabled}</Badge> : null}
        </>
      ),
    },
    { title: words.columns.snis, width: 24, sort: 'sni', cell: (row) => <Names {...row} /> },
    {
      title: words.columns.type,
      width: 10,
      cell: ({ type }) => words.types[type],
    },
    {
      title: words.columns.expiry,
      width: 18,
      sort: 'not_after',
      cell: ({ not_before, not_after }) => <ExpiryBar from={not_before} until={not_after} />,
    },
    {
      title: words.columns.verification,
      width: 14,
      cell: ({ client, type }) => (type === 'server' ? <VerificationBadge client={client} /> : '–'),
    },
    {
      title: words.columns.source,
      width: 12,
      cell: ({ source, file }) =>
        source === 'api' ? (
          words.sources.api
        ) : (
          <>
            {words.sources.file}
            <br />
            <span class="soft small">
              <ForeignText text={shortFile(file ?? '')} most={60} />
            </span>
          </>
        ),
    },
  ];
  return (
    <DataTable
      label={words.title}
      columns={columns}
      rows={rows}
      keyOf={({ id }) => id}
      sort={sort}
      onSort={onSort}
    />
  );
}

function Names({ snis, subject, is_default }: CertificateSummary): JSX.Element {
  const words = texts.value.certificates;
  const more = snis.length - MAX_NAMES;
  return (
    <>
      {snis.slice(0, MAX_NAMES).map((name) => (
        <div key={name}>
          <ForeignText text={name} most={80} />
        </div>
      ))}
      {more > 0 ? <div class="soft small">{words.moreNames(more)}</div> : null}
      {snis.length === 0 ? <ForeignText text={subject} most={80} /> : null}
      {is_default ? <Badge>{words.isDefault}</Badge> : null}
    </>
  );
}

/** The file's own name; its place stands on its page. */
function shortFile(path: string): string {
  return path.split('/').at(-1) ?? path;
}
