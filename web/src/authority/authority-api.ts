import { read, request } from '../api/client.ts';
import type {
  AuthorityState,
  IssuedNow,
  IssuedSummary,
  IssuedView,
  LeafPreview,
  Page,
  RevokedView,
  TokenNow,
  TokenView,
} from '../api/types.ts';

const PATH = '/v1/ca';

/** What `readAuthority` asks for, for reading it in several places. */
export function readAuthority(signal: AbortSignal): Promise<AuthorityState> {
  return read(PATH, signal);
}

/** One page of what was issued. `query`: what the API takes, such as `q` or `status`. */
export function listIssued(
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Page<IssuedSummary>> {
  return read(`${PATH}/certificates?${new URLSearchParams(query)}`, signal);
}

export function readIssued(serial: string, signal: AbortSignal): Promise<IssuedView> {
  return read(pathOf(serial), signal);
}

/** How many live connections a revocation would close. */
export async function countConnections(serial: string, signal: AbortSignal): Promise<number> {
  const { connections } = await read<{ connections: number }>(
    `${pathOf(serial)}/connections`,
    signal,
  );
  return connections;
}

/** Says what would be issued. */
export async function previewLeaf(wish: object, signal: AbortSignal): Promise<LeafPreview> {
  const { body } = await request<LeafPreview>('POST', `${PATH}/preview`, { body: wish, signal });
  return body;
}

/** The answer alone has the key. */
export async function issueLeaf(wish: object): Promise<IssuedNow> {
  const { body } = await request<IssuedNow>('POST', `${PATH}/certificates`, { body: wish });
  return body;
}

export async function revoke(serial: string, reason: string): Promise<RevokedView> {
  const path = `${pathOf(serial)}/revoke`;
  const { body } = await request<RevokedView>('POST', path, { body: { reason } });
  return body;
}

export function listTokens(
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Page<TokenView>> {
  return read(`${PATH}/tokens?${new URLSearchParams(query)}`, signal);
}

/** The answer alone has the secret. */
export async function makeToken(wish: object): Promise<TokenNow> {
  const { body } = await request<TokenNow>('POST', `${PATH}/tokens`, { body: wish });
  return body;
}

export async function withdrawToken(id: string): Promise<void> {
  await request('DELETE', `${PATH}/tokens/${encodeURIComponent(id)}`);
}

function pathOf(serial: string): string {
  return `${PATH}/certificates/${encodeURIComponent(serial)}`;
}
