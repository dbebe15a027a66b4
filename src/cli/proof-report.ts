import type { ListenerOptions } from '../gateway/options.ts';
import { type Proof, Prover, type SupposedClient } from '../gateway/prover.ts';
import type { Candidate } from '../identity/candidate.ts';
import { visible } from '../pki/visible-text.ts';

/** A client certificate that was named on the command line. */
export interface NamedChain {
  readonly name: string;
  readonly chain: readonly Buffer[];
}

/** One decision, as `--json` prints it. */
export interface ProofRow {
  readonly certificate: string;
  readonly listener: string;
  readonly decision: 'admit' | 'refuse';
  readonly user: string | null;
  /** How the user was found; null: no user. */
  readonly matched_by: Candidate | null;
  /** Why it was refused; null: it was not. */
  readonly code: string | null;
  readonly detail: string | null;
}

/** Asks every listener about every client. */
export function proofRows(
  listeners: readonly ListenerOptions[],
  chains: readonly NamedChain[],
  want: Pick<SupposedClient, 'sni' | 'request'>,
  at: number,
): ProofRow[] {
  return listeners.flatMap((listener) => {
    const prover = new Prover(listener);
    return chains.map(({ name, chain }) =>
      rowOf(name, listener.name, prover.prove({ chain, ...want }, at)),
    );
  });
}

/** A line each. */
export function proofText(rows: readonly ProofRow[]): string {
  const several = new Set(rows.map(({ listener }) => listener)).size > 1;
  return rows.map((row) => `${visible(lineOf(row, several))}\n`).join('');
}

function rowOf(certificate: string, listener: string, proof: Proof): ProofRow {
  if (proof.kind !== 'decided') {
    const detail = DETAILS[proof.kind];
    const refused = { decision: 'refuse', user: null, matched_by: null } as const;
    return { certificate, listener, ...refused, code: proof.kind, detail };
  }
  const { decision, principal } = proof;
  const isRefused = decision.decision === 'refuse';
  return {
    certificate,
    listener,
    decision: decision.decision,
    user: decision.user,
    matched_by: principal?.matchedBy ?? null,
    code: isRefused ? decision.code : null,
    detail: isRefused ? decision.detail : null,
  };
}

const DETAILS: Readonly<Record<Exclude<Proof['kind'], 'decided'>, string>> = {
  'sni-unknown': 'no certificate answers to the server name',
  'no-route': 'no route is for the path',
  'ambiguous-path': 'the path means different things to different servers',
};

function lineOf(row: ProofRow, namesListener: boolean): string {
  const place = namesListener ? ` on ${row.listener}` : '';
  if (row.decision === 'refuse') {
    return `${row.certificate}: refused${place}: ${row.code}: ${row.detail}`;
  }
  if (row.user === null) return `${row.certificate}: admitted${place}, as nobody`;
  const by = row.matched_by;
  const how = by === null ? '' : `, by ${NAMES[by.kind]} ${by.value}`;
  return `${row.certificate}: admitted${place} as ${row.user}${how}`;
}

const NAMES: Readonly<Record<Candidate['kind'], string>> = {
  email: 'SAN email',
  dns: 'SAN dNSName',
  uri: 'SAN URI',
  dn: 'subject',
  'dn-nats-dc': 'subject as nats-server prints it,',
  'dn-nats': 'subject as nats-server prints it,',
};
