import type { HandshakeView } from '../api/types.ts';
import type { ChainLink } from '../parts/chain-drawing.tsx';

/** The chain as the client presented it, with what stands out about its certificates. */
export interface PresentedChain {
  readonly links: readonly ChainLink[];
  /** Fingerprint of the certificate that the cause lies in; null: in none. */
  readonly fault: string | null;
  /** Certificates that are not shown. */
  readonly left: number;
}

export function presentedChain(handshake: HandshakeView): PresentedChain {
  const { chain, chain_length: length, fault, cause } = handshake;
  const links = chain.map((certificate, index): ChainLink => {
    const isFault = fault?.fingerprint === certificate.fingerprint;
    const follows = index === 0 || chain[index - 1]?.issuer === certificate.subject;
    const standing =
      isFault && cause === 'missing-intermediate'
        ? 'issuer-missing'
        : follows
          ? undefined
          : 'misplaced';
    return linkOf(certificate, standing);
  });
  const isPresented = chain.some(({ fingerprint }) => fingerprint === fault?.fingerprint);
  if (fault !== null && !isPresented) links.push(linkOf(fault, 'not-presented'));
  return { links, fault: fault?.fingerprint ?? null, left: length - chain.length };
}

function linkOf(
  { serial_number: serial, ...rest }: HandshakeView['chain'][number],
  standing: ChainLink['standing'],
): ChainLink {
  return { ...rest, serial, key_type: null, standing };
}
