import type { Certificate } from '../pki/certificate.ts';
import { printName } from '../pki/name.ts';
import { OID } from '../pki/oids.ts';
import type { Purpose } from '../pki/path-problem.ts';
import { verifyChain } from '../pki/verify-chain.ts';
import { visible } from '../pki/visible-text.ts';
import type { InspectedItem } from './inspected-file.ts';

/** Whether the first certificate of a file leads to a trust anchor, as `inspect --json` prints it. */
export interface ChainVerification {
  readonly verified: boolean;
  readonly purpose: Purpose;
  /** Subjects from the certificate to the trust anchor; null: no such path was found. */
  readonly path: readonly string[] | null;
  /** What is wrong, most useful first. */
  readonly causes: readonly {
    readonly code: string;
    readonly detail: string;
    /** SHA-256 of the certificate that it is about, lower-case hex. */
    readonly fingerprint: string | null;
  }[];
}

/**
 * Verifies the first certificate among `items`, the others being its intermediates, at the time `now`
 * (milliseconds since the epoch); null: there is none.
 */
export function verifyItems(
  items: readonly InspectedItem[],
  anchors: readonly InspectedItem[],
  now: number,
): ChainVerification | null {
  const chain = items.flatMap(certificateOf);
  const leaf = chain[0];
  if (leaf === undefined) return null;
  const purpose = purposeOf(leaf);
  const requirements = { anchors: anchors.flatMap(certificateOf), depth: null, pins: NO_PINS };
  const verdict = verifyChain({ chain, requirements, purpose, at: now });
  return {
    verified: verdict.kind === 'verified',
    purpose,
    path: verdict.path?.map(({ subject }) => printName(subject)) ?? null,
    causes:
      verdict.kind === 'verified'
        ? []
        : verdict.causes.map(({ code, detail, certificate }) => ({
            code,
            detail,
            fingerprint: certificate?.fingerprint ?? null,
          })),
  };
}

/** The same for people: one line, and one for each cause. */
export function verificationText({ verified, purpose, path, causes }: ChainVerification): string {
  const chain = path?.map((subject) => visible(subject) || '(empty name)').join(' <- ') ?? '';
  if (verified) return `Verified as a ${purpose}: ${chain}\n`;
  const lines = causes.map(({ code, detail }) => `  ${code}: ${visible(detail)}\n`);
  return `NOT verified as a ${purpose}${chain === '' ? '' : `: ${chain}`}\n${lines.join('')}`;
}

const NO_PINS: ReadonlySet<string> = new Set();

function certificateOf(item: InspectedItem): Certificate[] {
  return item.type === 'certificate' ? [item.certificate] : [];
}

function purposeOf({ extensions: { extendedKeyUsage: purposes } }: Certificate): Purpose {
  const isServerAlone =
    purposes?.includes(OID.serverAuth) === true && !purposes.includes(OID.clientAuth);
  return isServerAlone ? 'server' : 'client';
}
