import type { Authority } from '../ca/authority.ts';
import type { TokenDesk } from '../ca/authority-files.ts';
import type { AddedCertificate } from '../config/added-certificates.ts';
import type { ResolveResult } from '../config/resolve.ts';
import type { Language } from '../diagnostics/finding.ts';
import type { Explanation } from '../gateway/explanation.ts';
import type { Follower } from '../gateway/observer.ts';
import type { GatewayOptions } from '../gateway/options.ts';
import type { ClientStatus, GatewayStatus, ObserveReadiness } from '../gateway/status.ts';
import type { ClientQuery } from '../observability/client-ledger.ts';
import type { IssuedCertificate } from '../tls/live-revocations.ts';
import type { FieldError } from './certificate-material.ts';

/** What the admin server can ask of the gateway that it runs beside. */
export interface RunningGateway {
  readiness(): Readiness;
  /** Everything that is measured, in Prometheus' text format 0.0.4. */
  metrics(): Promise<string>;
}

/** Whether the gateway takes connections, and where. */
export interface Readiness {
  readonly state: 'starting' | 'running' | 'draining';
  readonly listeners: readonly BoundListener[];
  readonly workers: WorkerCount;
}

export interface BoundListener {
  /** `listen` as configured. */
  readonly name: string;
  /** As bound, such as `127.0.0.1:9443`. */
  readonly address: string;
}

export interface WorkerCount {
  readonly configured: number;
  /** Those that accept connections under the options of now. */
  readonly ready: number;
}

/** What the gateway serves by, and how that is changed. */
export interface LiveSnapshot {
  /** null: it has not started yet. */
  readonly options: GatewayOptions | null;
  /**
   * Makes `added` the certificates beside the file's, on every worker by the time this resolves. `store`
   * is called once all is known to be good, before it is served. Rejects where that or a worker fails.
   */
  change(
    added: readonly AddedCertificate[],
    store: (result: Resolved) => void,
  ): Promise<ResolveResult>;
}

export type Resolved = Extract<ResolveResult, { kind: 'resolved' }>;

/** How an upstream does, by its name in the configuration. */
export interface UpstreamHealth {
  readonly name: string;
  readonly state: 'unknown' | 'up' | 'down';
  /** Failed dials since the last that succeeded. */
  readonly failures: number;
  readonly detail: string | null;
}

/** What is seen of the gateway while it runs. */
export interface ObservedGateway {
  status(): GatewayStatus;
  /** Whether `observe` can be enforced; `windowMs`: how long nobody may have been refused. */
  readiness(windowMs: number): ObserveReadiness;
  clients(query: ClientQuery): { readonly items: readonly ClientStatus[]; readonly total: number };
  /** Passes events on until the function that is returned is called. */
  follow(follower: Follower): () => void;
}

/** The authority that the configuration attaches. */
export interface AttachedAuthority {
  /** Absolute path of its folder. */
  readonly dir: string;
  /** Where enrolment is served, such as `127.0.0.1:9444`; null: nowhere. */
  readonly enrolmentAddress: string | null;
  /** null: its key can't be had, and `problem` says why. */
  readonly authority: Authority | null;
  readonly problem: {
    /** Whether it takes a passphrase that was not given, or was wrong. */
    readonly isLocked: boolean;
    readonly detail: string;
  } | null;
  /** What can be done without the key; null: its files can't be read. */
  readonly desk: TokenDesk | null;
}

/** How the API gets at the authority and at what its revocations do. */
export interface AuthorityAccess {
  /** null: no authority is attached. Another one after a reload. */
  readonly attached: AttachedAuthority | null;
  /** How many connections of clients would be closed if this certificate were revoked. */
  countRelyingOn(certificate: IssuedCertificate): Promise<number>;
  /**
   * Has what was revoked by now refused by every worker. Resolves with how many connections were closed
   * for it, when they are.
   */
  enforceRevocations(): Promise<number>;
}

/** A client that is not there, and where it would come to. */
export interface ExplainQuestion {
  /** DER, leaf first; empty: it shows no certificate. */
  readonly chain: readonly Buffer[];
  /** `listen` as configured; null: by the server name. */
  readonly listener: string | null;
  readonly sni: string | null;
  /** null: it just connects. */
  readonly request: {
    readonly method: string;
    /** null: the server name. */
    readonly authority: string | null;
    readonly path: string;
  } | null;
  readonly language: Language;
}

/** What a gateway with these options would decide, at a time in milliseconds since the epoch. */
export type Explainer = (
  options: GatewayOptions,
  question: ExplainQuestion,
  at: number,
) => Promise<
  | ({ readonly kind: 'explained'; readonly listener: string } & Explanation)
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] }
>;
