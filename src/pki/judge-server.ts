import { type AllowedPeer, isAllowedPeer } from './allowed-peer.ts';
import type { Certificate } from './certificate.ts';
import { printGeneralName } from './general-name.ts';
import type { Path } from './path.ts';
import { causeByOpenssl } from './peer.ts';
import { nameInDetail, type PeerCause } from './peer-cause.ts';
import { type ServerCause, verifyServerCertificate } from './verify-server-certificate.ts';
import { type PeerRequirements, verifyChain } from './verify-chain.ts';

/** Why a server is not one that we talk to. */
export interface ServerFault {
  readonly code: ServerCause['code'] | 'peer-not-allowed';
  /** As of PeerCause. */
  readonly detail: string;
}

export type ServerJudgement =
  | { readonly kind: 'verified'; readonly path: Path }
  | { readonly kind: 'failed'; readonly fault: ServerFault };

/**
 * Judges the certificate that a server proved to hold the key of, as `judgePeer` does with clients:
 * OpenSSL's verdict is narrowed and never widened. The server must carry `serverName`, or, where
 * `allowed` is not null, one of those names and none else. Never throws.
 */
export function judgeServer(input: {
  /** As presented, leaf first; empty: fails. */
  readonly chain: readonly Certificate[];
  /** As of `judgePeer`. */
  readonly opensslError: string | null;
  readonly requirements: PeerRequirements;
  readonly serverName: string;
  readonly allowed: readonly AllowedPeer[] | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}): ServerJudgement {
  const { chain, opensslError, requirements, serverName, allowed, at } = input;
  const verdict =
    allowed === null
      ? verifyServerCertificate({ chain, requirements, serverName, at })
      : verifyChain({ chain, requirements, purpose: 'server', at });
  if (verdict.kind === 'failed') return failed(verdict.causes[0]);
  const [leaf] = verdict.path;
  if (opensslError !== null) return failed(causeByOpenssl(opensslError, leaf));
  if (allowed !== null && !isAllowedPeer(leaf, allowed)) return notAllowed(leaf);
  return verdict;
}

function notAllowed(leaf: Certificate): ServerJudgement {
  const names = leaf.subjectAltNames.map(printGeneralName).join(', ').slice(0, 200);
  const also = names === '' ? '' : ` (${names})`;
  const detail = `${nameInDetail(leaf.subject)}${also} is none of the allowed peers`;
  return { kind: 'failed', fault: { code: 'peer-not-allowed', detail } };
}

function failed({ code, detail }: ServerCause | PeerCause): ServerJudgement {
  return { kind: 'failed', fault: { code, detail } };
}
