import type { CauseCode, RequestFacts } from '../diagnostics/evidence.ts';
import { decideHandshake } from '../frontends/admission.ts';
import type { DecidedHandshake } from '../frontends/frontend.ts';
import { dryRun, type DryRunOutcome } from '../frontends/http/dry-run.ts';
import type { UserDirectory } from '../identity/user-directory.ts';
import type { PeerVerdict } from '../pki/peer.ts';
import { ContextTable } from '../tls/context-table.ts';
import { openRecord } from '../tls/handshake-opening.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';
import type { LiveRevocations } from '../tls/live-revocations.ts';
import { opensslVerdict } from '../tls/openssl-verdict.ts';
import { recordVerdict } from '../tls/peer-facts.ts';
import type { ListenerOptions } from './options.ts';
import { isPlain } from './listener-choice.ts';

/** A client that is not there. */
export interface ImaginedClient {
  /** DER, leaf first; empty: it presents none. */
  readonly chain: readonly Buffer[];
  /** Lower case, without a trailing dot; null: it sends none. */
  readonly sni: string | null;
  /** null: it just connects. */
  readonly request: {
    readonly method: string;
    /** null: the server name. */
    readonly authority: string | null;
    readonly path: string;
  } | null;
}

/** What a certificate is looked up in. */
export interface Registers {
  /** null: no users are configured. */
  readonly directory: UserDirectory | null;
  readonly revocations: LiveRevocations;
}

/** How far its handshake would come. */
export interface ImaginedHandshake {
  readonly contexts: ContextTable;
  readonly record: HandshakeRecord;
  readonly verdict: PeerVerdict;
  /** node's code; null: nothing to complain about, or it was not asked. */
  readonly opensslError: string | null;
  /** null: it would fail before that, and the record says why; without a cause it would be handed on. */
  readonly decided: DecidedHandshake | null;
}

/** As the acceptor does it, from the server name to the decision. Rejects where the options can't be used. */
export async function imagineHandshake(
  options: ListenerOptions,
  client: ImaginedClient,
  { directory, revocations }: Registers,
  at: number,
): Promise<ImaginedHandshake> {
  const contexts = new ContextTable(options.tls, undefined, revocations);
  const record = openRecord(options.name, NOWHERE);
  record.sni = client.sni;
  const failed = (cause: CauseCode, detail: string): ImaginedHandshake => {
    record.cause = cause;
    record.detail = detail;
    return { contexts, record, verdict: NO_VERDICT, opensslError: null, decided: null };
  };
  // Nobody is asked for a certificate there.
  if (isPlain(options) || contexts.passthroughFor(client.sni) !== null) {
    return { contexts, record, verdict: NO_VERDICT, opensslError: null, decided: null };
  }
  const context = contexts.contextFor(client.sni);
  if (context === null) {
    const detail =
      client.sni === null ? 'no server name was sent' : `no certificate for ${client.sni}`;
    return failed('sni-unknown', detail);
  }
  record.certificate = context.options.name;
  record.mode = context.options.mode;
  const chain = record.mode === 'false' ? [] : client.chain.slice(0, MAX_CHAIN);
  let opensslError: string | null = null;
  if (chain.length > 0) {
    const openssl = await opensslVerdict(context.options, client.chain);
    if (openssl.kind === 'failed') return failed(openssl.failure.cause, openssl.failure.detail);
    opensslError = openssl.error;
  }
  const verdict = context.judge({ chain, opensslError }, at);
  recordVerdict(record, verdict, chain.length);
  const decided = decideHandshake({ context, verdict, record }, directory, at);
  return { contexts, record, verdict, opensslError, decided };
}

/** As many as are read of a live client's. */
const MAX_CHAIN = 32;
const NO_VERDICT: PeerVerdict = { kind: 'none' };
const NOWHERE = { remoteAddress: undefined, remotePort: undefined };

/** What became of the client in the end. */
export interface ImaginedOutcome {
  readonly refusal: { readonly code: CauseCode; readonly detail: string } | null;
  /** null: it made no request, or could make none. */
  readonly request: RequestFacts | null;
}

/** The request of a client after its handshake; where it makes none the handshake's own outcome. */
export function imagineRequest(
  options: ListenerOptions,
  { contexts, record, decided }: ImaginedHandshake,
  client: ImaginedClient,
  at: number,
): ImaginedOutcome {
  if (decided === null) {
    // It failed, and a failed handshake has its cause in the record; or it was handed on as it came.
    if (record.cause === null) return { refusal: null, request: null };
    const code = record.cause as CauseCode;
    return { refusal: { code, detail: record.detail ?? '' }, request: null };
  }
  const { decision } = decided;
  const atHandshake = decision.decision === 'refuse' ? decision : null;
  if (options.protocol !== 'https' || client.request === null) {
    return { refusal: atHandshake, request: null };
  }
  const { method, path } = client.request;
  const authority = client.request.authority ?? client.sni ?? '';
  const choices = {
    site: options.site,
    sites: options.sites,
    contextBySni: (name: string) => contexts.contextFor(name),
  };
  const outcome = dryRun(choices, decided, { method, authority, path }, at);
  if (outcome === null) return { refusal: atHandshake, request: null };
  const host = outcome.kind === 'refused' ? outcome.facts.host : authority;
  const allow = outcome.kind === 'refused' ? outcome.facts.allow : null;
  return { refusal: refusalOf(outcome), request: { method, path, host, allow } };
}

function refusalOf(outcome: DryRunOutcome): ImaginedOutcome['refusal'] {
  switch (outcome.kind) {
    case 'passed':
      return null;
    case 'refused':
      return outcome.refusal;
    case 'problem':
      return { code: codeOf(outcome.status), detail: outcome.detail };
  }
}

/** The causes behind the answers of an HTTP session that have nothing to do with who asks. */
function codeOf(status: number): CauseCode {
  if (status === 404) return 'no-route';
  return status === 421 ? 'host-mismatch' : 'ambiguous-path';
}
