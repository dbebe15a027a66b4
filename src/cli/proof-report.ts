import {
  type ImaginedClient,
  imagineHandshake,
  imagineRequest,
} from '../gateway/imagined-client.ts';
import type { ListenerOptions } from '../gateway/options.ts';
import { LiveRevocations } from '../tls/live-revocations.ts';
import type { Candidate } from '../identity/candidate.ts';
import { createUserDirectory } from '../identity/user-directory.ts';
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

/** Asks every listener about every client. `at`: milliseconds since the epoch. */
export async function proofRows(
  listeners: readonly ListenerOptions[],
  chains: readonly NamedChain[],
  want: Pick<ImaginedClient, 'sni' | 'request'>,
  at: number,
): Promise<ProofRow[]> {
  const rows: ProofRow[] = [];
  // A file of another program attaches no authority.
  const revocations = new LiveRevocations();
  for (const listener of listeners) {
    const { users, identity } = listener;
    const directory = users.length > 0 ? createUserDirectory(users, identity.dn) : null;
    for (const { name, chain } of chains) {
      const client = { chain, ...want };
      const handshake = await imagineHandshake(listener, client, { directory, revocations }, at);
      const { refusal } = imagineRequest(listener, handshake, client, at);
      rows.push({
        certificate: name,
        listener: listener.name,
        decision: refusal === null ? 'admit' : 'refuse',
        user: handshake.decided?.decision.user ?? null,
        matched_by: handshake.decided?.principal?.matchedBy ?? null,
        code: refusal?.code ?? null,
        detail: refusal?.detail ?? null,
      });
    }
  }
  return rows;
}

/** A line each. */
export function proofText(rows: readonly ProofRow[]): string {
  const several = new Set(rows.map(({ listener }) => listener)).size > 1;
  return rows.map((row) => `${visible(lineOf(row, several))}\n`).join('');
}

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
