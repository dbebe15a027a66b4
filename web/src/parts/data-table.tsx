import type { ComponentChildren, JSX } from 'preact';
import { Icon } from './icon.tsx';

export interface Column<Row> {
  readonly title: string;
  /** Of the whole width, in percent. */
  readonly width: number;
  readonly isNumber?: boolean;
  /** What the API calls it where it can sort by it. */
  readonly sort?: string;
  readonly cell: (row: Row) => ComponentChildren;
}

interface DataTableProps<Row> {
  /** What the table holds, for those who don't see it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** As the API has it, such as `not_after` or `-not_after`; absent: can't be sorted. */
  readonly sort?: string;
  readonly onSort?: (sort: string) => void;
}

/** A table; on a narrow screen each row is a card. */
export function DataTable<Row>(props: DataTableProps<Row>): JSX.Element {
  const { label, columns, rows, keyOf, sort = '', onSort } = props;
  return (
    <table class="table" aria-label={label}>
      <colgroup>
        {columns.map(({ title, width }) => (
          <col key={title} style={{ width: `${width}%` }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column) => (
            <Head key={column.title} column={column} sort={sort} onSort={onSort} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, isNumber, cell }) => (
              <td key={title} data-label={title} class={isNumber === true ? 'number' : undefined}>
                <div class="cell">{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly sort: string;
  readonly onSort: ((sort: string) => void) | undefined;
}

function Head<Row>({ column, sort, onSort }: HeadProps<Row>): JSX.Element {
  const { title, isNumber, sort: key } = column;
  const numeric = isNumber === true ? 'number' : undefined;
  if (key === undefined || onSort === undefined) {
    return (
      <th scope="col" class={numeric}>
        {title}
      </th>
    );
  }
  const direction = sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : undefined;
  return (
    <th scope="col" class={numeric} aria-sort={direction}>
      <button type="button" onClick={() => onSort(direction === 'ascending' ? `-${key}` : key)}>
        {title}
        {direction === undefined ? null : <Icon name={direction === 'ascending' ? 'up' : 'down'} />}
      </button>
    </th>
  );
}
