import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useResource } from '../api/resource.ts';
import { texts } from '../language/language.ts';
import { place, setQuery } from '../navigation/location.ts';
import { Field } from '../parts/field.tsx';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Pager } from '../parts/pager.tsx';
import { AddCertificate } from './add-certificate.tsx';
import { listCertificates } from './certificate-api.ts';
import { CertificateTable } from './certificate-table.tsx';

const PAGE_SIZE = 50;
const FILTERS = ['q', 'type', 'status', 'sort'] as const;

export function CertificatesPage(): JSX.Element {
  const [isAdding, setAdding] = useState(false);
  const [added, setAdded] = useState<string | null>(null);
  const words = texts.value.certificates;
  const { query } = place.value;
  const chosen = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? '']));
  const page = Math.max(1, Number(query.get('page')) || 1);
  const asked = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== ''));
  const list = useResource(JSON.stringify([asked, page]), (signal) =>
    listCertificates({ ...asked, page: String(page), page_size: String(PAGE_SIZE) }, signal),
  );
  const filter = (name: string, value: string): void => setQuery({ ...chosen, [name]: value });
  return (
    <>
      <PageHead title={words.title} windowTitle={words.title} lead={words.lead}>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          {words.add}
        </button>
      </PageHead>
      {added === null ? null : (
        <p class="note good row" role="status">
          <Icon name="check" />
          {words.wasAdded(added)}
        </p>
      )}
      <div class="toolbar">
        <Field
          label={words.filter.search}
          isWide
          control={(ids) => (
            <input
              {...ids}
              class="input"
              type="search"
              value={chosen['q']}
              onInput={({ currentTarget }) => filter('q', currentTarget.value)}
            />
          )}
        />
        <Field
          label={words.columns.type}
          control={(ids) => (
            <select
              {...ids}
              class="input"
              value={chosen['type']}
              onChange={({ currentTarget }) => filter('type', currentTarget.value)}
            >
              <option value="">{words.filter.all}</option>
              <option value="server">{words.types.server}</option>
              <option value="client">{words.types.client}</option>
            </select>
          )}
        />
        <Field
          label={words.filter.status}
          control={(ids) => (
            <select
              {...ids}
              class="input"
              value={chosen['status']}
              onChange={({ currentTarget }) => filter('status', currentTarget.value)}
            >
              <option value="">{words.filter.all}</option>
              <option value="enabled">{words.enabled}</option>
              <option value="disabled">{words.disabled}</option>
            </select>
          )}
        />
      </div>
      <Loaded resource={list}>
        {({ items, total }) => (
          <div class="table-frame">
            {items.length === 0 ? (
              <p class="empty">{words.empty}</p>
            ) : (
              <CertificateTable
                rows={items}
                sort={chosen['sort'] ?? ''}
                onSort={(sort) => filter('sort', sort)}
              />
            )}
            <Pager
              page={page}
              pageSize={PAGE_SIZE}
              total={total}
              onPage={(next) => setQuery({ ...chosen, page: String(next) })}
            />
          </div>
        )}
      </Loaded>
      {isAdding ? (
        <AddCertificate
          onClose={() => setAdding(false)}
          onDone={(view) => {
            setAdding(false);
            setAdded(view.id);
            list.reload();
          }}
        />
      ) : null}
    </>
  );
}
