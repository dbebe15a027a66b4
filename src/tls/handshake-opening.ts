import { handshakeId } from './handshake-id.ts';
import type { HandshakeRecord } from './handshake-record.ts';
import { plainAddress } from './plain-address.ts';

/**
 * The record of a connection that was just accepted: everything that isn't known yet is empty. `raw`
 * may be one that is only imagined, from nowhere.
 */
export function openRecord(
  listener: string,
  raw: { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined },
): HandshakeRecord {
  const startedAt = Date.now();
  return {
    id: handshakeId(startedAt),
    listener,
    startedAt,
    durationMs: 0,
    remoteAddress: plainAddress(raw.remoteAddress ?? ''),
    remotePort: raw.remotePort ?? 0,
    sni: null,
    offeredVersions: NONE,
    offeredAlpn: NONE,
    offeredGroups: NONE,
    offeredCiphers: NONE,
    certificate: null,
    mode: null,
    version: null,
    cipher: null,
    alpn: null,
    resumed: false,
    peer: null,
    presented: null,
    verification: 'NONE',
    outcome: 'pending',
    cause: null,
    detail: null,
    user: null,
  };
}

const NONE: readonly string[] = [];
