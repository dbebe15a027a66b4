import type { PeerCauseCode } from '../pki/peer.ts';

/** Why access was refused: what is wrong with the certificate, or with who its holder is. */
export type RefusalCode = PeerCauseCode | 'no-user-matches' | 'user-not-allowed';

/** The answer to "may this client do this?". */
export type Decision = Admission | Refusal;

export interface Admission {
  readonly decision: 'admit';
  /** The mapped user; null: admitted without being anyone. */
  readonly user: string | null;
}

export interface Refusal {
  readonly decision: 'refuse';
  readonly user: string | null;
  readonly code: RefusalCode;
  /** The values behind the code, safe to log. */
  readonly detail: string;
}
