// The cases of x509-limbo as they are stored beside this file; see README.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

interface PeerName {
  readonly kind: 'DNS' | 'IP' | 'RFC822';
  readonly value: string;
}

export interface LimboCase {
  readonly id: string;
  readonly description: string;
  readonly validation_kind: 'SERVER' | 'CLIENT';
  /** PEM, as are the next two. */
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  /** RFC 3339; null: now. */
  readonly validation_time: string | null;
  readonly expected_result: 'SUCCESS' | 'FAILURE';
  readonly expected_peer_name: PeerName | null;
  readonly expected_peer_names: readonly PeerName[];
  readonly max_chain_depth: number | null;
  readonly crls: readonly string[];
}

/** Every case, in the file's order. */
export function limboCases(): readonly LimboCase[] {
  const file = readFileSync(join(import.meta.dirname, 'x509-limbo.json.gz'));
  const { testcases } = JSON.parse(gunzipSync(file).toString()) as {
    readonly testcases: readonly LimboCase[];
  };
  return testcases;
}
