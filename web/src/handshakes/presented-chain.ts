import type { HandshakeView } from '../api/types.ts';
import type { ChainLink } from '../parts/chain-drawing.tsx';

/** Causes that lie in something else than the certificate. */
const NOT_THE_CERTIFICATE: ReadonlySet<string> = new Set([
  'client-alert',
  'client-closed',
  'crowded-out',
  'handshake-timeout',
  'host-mismatch',
  'malformed',
  'no-shared-parameters',
  'no-upstream',
  'server-certificate',
  'sni-unknown',
]);

/** What the client has presented, as far as the record has it, and whether the fault lies there. */
export function presentedChain({ peer, cause }: HandshakeView): {
  readonly chain: readonly ChainLink[];
  readonly isFaulty: boolean;
} {
  if (peer === null) return { chain: [], isFaulty: false };
  const { serial_number: serial, ...rest } = peer;
  return {
    chain: [{ ...rest, serial, key_type: null }],
    isFaulty: cause !== null && !NOT_THE_CERTIFICATE.has(cause),
  };
}
