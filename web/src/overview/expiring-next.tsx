import type { JSX } from 'preact';
import type { Status } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Badge } from '../parts/badge.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { TimeText } from '../parts/time-text.tsx';

type Certificate = Status['certificates'][number];

const SHOWN = 8;
/** What the log says of it too; here a badge does. */
const ANCHOR = /^trust anchor of /;

export function ExpiringNext({
  certificates,
}: {
  readonly certificates: readonly Certificate[];
}): JSX.Element | null {
  const { overview: words, certificates: names } = texts.value;
  if (certificates.length === 0) return null;
  const columns: readonly Column<Certificate>[] = [
    {
      title: words.columns.name,
      width: 45,
      cell: ({ subject, role }) => (
        <>
          <ForeignText text={subject} most={120} mono />{' '}
          {role === 'trust-anchor' ? <Badge>{words.anchor}</Badge> : null}
        </>
      ),
    },
    {
      title: names.columns.source,
      width: 30,
      cell: ({ certificate }) => (
        <span class="soft small">
          <ForeignText text={certificate.replace(ANCHOR, '')} most={160} />
        </span>
      ),
    },
    {
      title: names.columns.expiry,
      width: 25,
      cell: ({ days, not_after }) => (
        <>
          <Badge tone={days < 0 ? 'bad' : days < 14 ? 'warn' : 'good'}>
            <TimeText at={not_after} form="ago" />
          </Badge>{' '}
          <span class="soft small">
            <TimeText at={not_after} form="date" />
          </span>
        </>
      ),
    },
  ];
  return (
    <section class="card flush">
      <h2>{words.expiring}</h2>
      <DataTable
        label={words.expiring}
        columns={columns}
        rows={certificates.slice(0, SHOWN)}
        keyOf={({ certificate, subject }) => `${certificate} ${subject}`}
      />
    </section>
  );
}
