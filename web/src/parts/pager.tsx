import type { JSX } from 'preact';
import { languageTag, texts } from '../language/language.ts';

interface PagerProps {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
  readonly total: number;
  readonly onPage: (page: number) => void;
}

/** Which part of a list is shown, and the way to its neighbours. */
export function Pager({ page, pageSize, total, onPage }: PagerProps): JSX.Element {
  const words = texts.value.common;
  const first = Math.min(total, (page - 1) * pageSize + 1);
  const last = Math.min(total, page * pageSize);
  const count = (value: number): string => value.toLocaleString(languageTag.value);
  return (
    <div class="pager">
      <span class="soft small" role="status">
        {words.shown(count(first), count(last), count(total))}
      </span>
      {total <= pageSize ? null : (
        <div class="row">
          <button
            type="button"
            class="button small"
            disabled={page <= 1}
            onClick={() => onPage(page - 1)}
          >
            {words.previous}
          </button>
          <button
            type="button"
            class="button small"
            disabled={last >= total}
            onClick={() => onPage(page + 1)}
          >
            {words.next}
          </button>
        </div>
      )}
    </div>
  );
}
