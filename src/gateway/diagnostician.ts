import { bestFinding } from '../diagnostics/diagnose.ts';
import type {
  Cause,
  CauseCode,
  Evidence,
  ListenerFacts,
  RequestFacts,
  ServerFacts,
  UserFacts,
} from '../diagnostics/evidence.ts';
import type { ToldFinding } from '../diagnostics/finding.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import type { PeerVerdict } from '../pki/peer.ts';
import { decodeCertificates, PemError } from '../pki/pem.ts';
import type { ContextTable } from '../tls/context-table.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';
import type { ServerContext } from '../tls/server-context.ts';
import type { ListenerOptions } from './options.ts';

/** Puts together what a listener knows of a refusal. Made for each snapshot; does nothing before it is asked. */
export class Diagnostician {
  readonly #contexts: ContextTable;
  readonly #listener: ListenerFacts;
  readonly #users: UserFacts;
  readonly #servers = new Map<ServerContext, ServerFacts>();

  constructor(options: ListenerOptions, contexts: ContextTable) {
    const { name, protocol, tls, users, identity } = options;
    const { fallback, certificates, alpn, timeoutMs, maxInFlight } = tls;
    const all = fallback === null ? certificates : [fallback, ...certificates];
    const serverNames = [...new Set(all.flatMap(({ snis }) => snis))];
    this.#contexts = contexts;
    this.#listener = { name, protocol, serverNames, alpn, timeoutMs, maxInFlight };
    this.#users = { names: users, rule: identity.dn };
  }

  /** Why the client of this record was refused, or would be; null: it has no cause. */
  explainHandshake(record: HandshakeRecord, verdict: PeerVerdict): ToldFinding | null {
    if (record.cause === null) return null;
    const detail = record.detail ?? '';
    // Every cause that is written into a record is one of the union.
    const cause = causeFrom(record.cause as CauseCode, detail, verdict);
    return bestFinding(this.evidence(record, verdict, [cause], null, Date.now()));
  }

  /** Why a request of an admitted client was refused. */
  explainRequest(
    record: HandshakeRecord,
    verdict: PeerVerdict,
    refusal: { readonly code: CauseCode; readonly detail: string },
    request: RequestFacts,
  ): ToldFinding | null {
    const cause = causeFrom(refusal.code, refusal.detail, verdict);
    return bestFinding(this.evidence(record, verdict, [cause], request, Date.now()));
  }

  /** The facts, with causes that were found elsewhere. */
  evidence(
    record: HandshakeRecord,
    verdict: PeerVerdict,
    causes: readonly Cause[],
    request: RequestFacts | null,
    at: number,
  ): Evidence {
    const context = record.certificate === null ? null : this.#contexts.contextFor(record.sni);
    return {
      causes,
      record,
      listener: this.#listener,
      server: context === null ? null : this.#factsOf(context),
      chain: presentedChain(verdict),
      users: this.#users,
      request,
      at,
    };
  }

  #factsOf(context: ServerContext): ServerFacts {
    let facts = this.#servers.get(context);
    if (facts === undefined) {
      const { name, mode, mapping, depth, minVersion } = context.options;
      const { material } = context;
      const chain = material === null ? [] : readCertificates(() => parseChain(material.certPem));
      const anchors = mode === 'false' ? [] : readCertificates(() => context.requirements.anchors);
      facts = { name, chain, mode, mapping, anchors, depth, minVersion };
      if (material !== null) this.#servers.set(context, facts);
    }
    return facts;
  }
}

/** A cause, with the certificate that it is about where the verdict names the same cause. */
function causeFrom(code: CauseCode, detail: string, verdict: PeerVerdict): Cause {
  const isSame = verdict.kind === 'failed' && verdict.cause.code === code;
  return { code, detail, certificate: isSame ? verdict.cause.certificate : null };
}

export function presentedChain(verdict: PeerVerdict): readonly Certificate[] {
  if (verdict.kind === 'verified') return verdict.peer.chain;
  return verdict.kind === 'failed' ? verdict.chain : [];
}

function parseChain(pem: string): readonly Certificate[] {
  return decodeCertificates(pem).map(parseCertificate);
}

/** Empty where one can't be read: that was reported elsewhere, and is no reason to explain nothing. */
function readCertificates(read: () => readonly Certificate[]): readonly Certificate[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof PemError || error instanceof CertificateError) return [];
    throw error;
  }
}
