import type { Certificate } from './certificate.ts';
import { type Name, printNameForHeader } from './name.ts';

/** Why a client's certificate isn't good. */
export type PeerCauseCode =
  | 'no-certificate'
  | 'unknown-issuer'
  | 'missing-intermediate'
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-purpose'
  | 'ca-as-leaf'
  | 'chain-too-deep'
  | 'name-constraint'
  | 'weak-signature'
  | 'revoked'
  | 'crl-stale'
  | 'pin-mismatch'
  | 'malformed-certificate'
  | 'unverifiable';

export interface PeerCause {
  readonly code: PeerCauseCode;
  /** The values that the cause is about, bounded and in printable ASCII. */
  readonly detail: string;
  /** The certificate that the cause is about; null: none. */
  readonly certificate: Certificate | null;
}

const MAX_NAME = 200;

/** A name for a detail: as in headers, cut short where it is long, and never empty. */
export function nameInDetail(name: Name): string {
  const text = printNameForHeader(name);
  if (text === '') return '(empty name)';
  return text.length <= MAX_NAME ? text : `${text.slice(0, MAX_NAME)}...`;
}

/** A moment for a detail, such as `2026-07-01T12:00:00Z`. */
export function timeInDetail(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -5)}Z`;
}
