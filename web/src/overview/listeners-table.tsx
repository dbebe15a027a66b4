import type { JSX } from 'preact';
import type { Status } from '../api/types.ts';
import { languageTag, texts } from '../language/language.ts';
import { Badge } from '../parts/badge.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';

type Listener = Status['listeners'][number];

export function ListenersTable({
  listeners,
}: {
  readonly listeners: readonly Listener[];
}): JSX.Element {
  const { overview: words, certificates } = texts.value;
  const format = new Intl.NumberFormat(languageTag.value);
  const modes: Readonly<Record<string, string>> = {
    true: certificates.verification.on,
    false: certificates.verification.off,
    observe: certificates.verification.observe,
    optional: certificates.verification.optional,
  };
  const columns: readonly Column<Listener>[] = [
    {
      title: words.columns.address,
      width: 28,
      cell: ({ address }) => <span class="mono">{address}</span>,
    },
    { title: words.columns.protocol, width: 14, cell: ({ protocol }) => protocol },
    {
      title: words.columns.verify,
      width: 26,
      cell: ({ verify }) =>
        verify.map((mode) => (
          <Badge key={mode} tone={mode === 'true' ? 'good' : 'neutral'}>
            {modes[mode] ?? mode}
          </Badge>
        )),
    },
    {
      title: words.columns.admitted,
      width: 16,
      isNumber: true,
      cell: ({ admitted }) => format.format(admitted),
    },
    {
      title: words.columns.refused,
      width: 16,
      isNumber: true,
      cell: ({ refused }) => format.format(refused),
    },
  ];
  return (
    <section class="card flush">
      <h2>{words.listeners}</h2>
      <DataTable
        label={words.listeners}
        columns={columns}
        rows={listeners}
        keyOf={({ name, address }) => `${name} ${address}`}
      />
    </section>
  );
}
