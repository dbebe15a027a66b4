import { session } from '../session/state.ts';
import { ApiProblem, problemFrom } from './problem.ts';

/** An answer and the version that it is of. */
export interface Answer<Body> {
  readonly body: Body;
  /** null: it has none. */
  readonly etag: string | null;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface RequestOptions {
  readonly body?: unknown;
  /** The version that a change is meant for. */
  readonly ifMatch?: string | null;
  readonly signal?: AbortSignal;
  /** Shown where there is no session yet. */
  readonly token?: string;
}

/**
 * Asks the API for `path`, such as `/v1/certificates`. Rejects with ApiProblem where it says no or does
 * not answer; where the session has ended, the reader is asked to log in.
 */
export async function request<Body>(
  method: Method,
  path: string,
  { body, ifMatch = null, signal, token }: RequestOptions = {},
): Promise<Answer<Body>> {
  const response = await fetch(path, {
    method,
    credentials: 'same-origin',
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': typeOf(method) }),
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(ifMatch === null ? {} : { 'If-Match': ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiProblem(0, '');
  });
  const text = await response.text();
  if (!response.ok) {
    if (response.status === 401) session.value = 'out';
    throw problemFrom(response.status, text);
  }
  // What the API answers is described by the schemas that the type is made of.
  return {
    body: (text === '' ? null : JSON.parse(text)) as Body,
    etag: response.headers.get('etag'),
  };
}

/** The same for reading alone. */
export async function read<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  const { body } = await request<Body>('GET', path, signal === undefined ? {} : { signal });
  return body;
}

function typeOf(method: Method): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}
