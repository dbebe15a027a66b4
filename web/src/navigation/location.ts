import { signal } from '@preact/signals';

/** Where the reader is: the address behind `#`, such as `#/certificates/abc?status=enabled`. */
export interface Place {
  /** Decoded parts of the path; empty: the overview. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

export const place = signal<Place>(placeOf(location.hash));

addEventListener('hashchange', () => {
  place.value = placeOf(location.hash);
});

/** The address of a place. */
export function addressOf(parts: readonly string[], query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}

export function goTo(parts: readonly string[]): void {
  location.hash = addressOf(parts);
}

/** Keeps a choice of the page, such as a filter, in the address without a new entry in the history. */
export function setQuery(query: Record<string, string>): void {
  const kept = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
  const { parts } = place.peek();
  history.replaceState(null, '', addressOf(parts, kept));
  place.value = { parts, query: new URLSearchParams(kept) };
}

function placeOf(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parts = path.split('/').filter((part) => part !== '');
  return { parts: parts.map(decoded), query: new URLSearchParams(search) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
