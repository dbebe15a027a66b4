import type { JSX } from 'preact';
import type { HandshakeSummary } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { addressOf } from '../navigation/location.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { OutcomeBadge } from './outcome-badge.tsx';

export function HandshakeTable({
  rows,
}: {
  readonly rows: readonly HandshakeSummary[];
}): JSX.Element {
  const { handshakes: words, causes } = texts.value;
  const columns: readonly Column<HandshakeSummary>[] = [
    {
      title: words.columns.time,
      width: 9,
      cell: ({ id, started_at }) => (
        <a href={addressOf(['handshakes', id])}>
          <TimeText at={started_at} form="recent" />
        </a>
      ),
    },
    {
      title: words.columns.outcome,
      width: 16,
      cell: ({ outcome }) => <OutcomeBadge outcome={outcome} />,
    },
    { title: words.columns.client, width: 25, cell: (row) => <Client {...row} /> },
    {
      title: words.columns.cause,
      width: 23,
      cell: ({ cause }) => (cause === null ? '–' : (causes[cause] ?? cause)),
    },
    {
      title: words.columns.server,
      width: 16,
      cell: ({ sni }) => (sni === null ? '–' : <ForeignText text={sni} most={80} />),
    },
    {
      title: words.columns.address,
      width: 11,
      cell: ({ remote_address }) => <span class="mono">{remote_address}</span>,
    },
  ];
  return (
    <DataTable
      label={words.title}
      columns={columns}
      rows={rows}
      keyOf={({ event_id }) => String(event_id)}
    />
  );
}

function Client({ user, peer }: HandshakeSummary): JSX.Element {
  const { noCertificate } = texts.value.handshakes;
  if (peer === null) return <span class="soft">{noCertificate}</span>;
  return (
    <>
      {user === null ? null : (
        <div>
          <strong>
            <ForeignText text={user} most={80} />
          </strong>
        </div>
      )}
      <div class={user === null ? undefined : 'soft small'}>
        <ForeignText text={peer.subject} most={80} mono />
      </div>
    </>
  );
}
