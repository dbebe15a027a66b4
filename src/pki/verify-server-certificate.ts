import { printGeneralName } from './general-name.ts';
import type { Path } from './path.ts';
import { nameInDetail, type PeerCause } from './peer-cause.ts';
import { matchesServerName } from './server-name.ts';
import { type ChainToVerify, verifyChain } from './verify-chain.ts';

/** Why a server's certificate isn't good. */
export type ServerCause =
  | PeerCause
  | {
      /** The certificate is for other names. */
      readonly code: 'host-mismatch';
      readonly detail: string;
      readonly certificate: PeerCause['certificate'];
    };

export type ServerVerdict =
  | { readonly kind: 'verified'; readonly path: Path }
  | {
      readonly kind: 'failed';
      readonly causes: readonly [ServerCause, ...ServerCause[]];
      readonly path: Path | null;
    };

/**
 * Verifies the chain that a server presented: `verifyChain` with the purpose serverAuth, and that the
 * leaf is for `serverName`, a host name or an IP address (see `matchesServerName`). Never throws.
 */
export function verifyServerCertificate(
  input: Omit<ChainToVerify, 'purpose'> & { readonly serverName: string },
): ServerVerdict {
  const verdict = verifyChain({ ...input, purpose: 'server' });
  if (input.chain.length === 0) return verdict;
  const leaf = input.chain[0];
  if (matchesServerName(leaf, input.serverName)) return verdict;
  const names = leaf.subjectAltNames.map(printGeneralName).join(', ').slice(0, 200);
  const mismatch: ServerCause = {
    code: 'host-mismatch',
    detail: `${nameInDetail(leaf.subject)} is for ${names || 'no server name'}, not for ${visible(input.serverName)}`,
    certificate: leaf,
  };
  return verdict.kind === 'verified'
    ? { kind: 'failed', causes: [mismatch], path: verdict.path }
    : { ...verdict, causes: [...verdict.causes, mismatch] };
}

function visible(text: string): string {
  return text.slice(0, 253).replaceAll(/[^ -~]/g, '?');
}
