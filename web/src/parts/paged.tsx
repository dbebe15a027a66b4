import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Pager } from './pager.tsx';

const PAGE_SIZE = 100;

/** Shows a list that is here as a whole a page at a time. */
export function Paged<Row>({
  rows,
  children,
}: {
  readonly rows: readonly Row[];
  readonly children: (rows: readonly Row[]) => ComponentChildren;
}): JSX.Element {
  const [page, setPage] = useState(1);
  const from = (page - 1) * PAGE_SIZE;
  return (
    <div class="table-frame">
      {children(rows.slice(from, from + PAGE_SIZE))}
      {rows.length > PAGE_SIZE ? (
        <Pager page={page} pageSize={PAGE_SIZE} total={rows.length} onPage={setPage} />
      ) : null}
    </div>
  );
}
