import type { DnRule } from '../identity/candidate.ts';
import type { Certificate } from '../pki/certificate.ts';
import type { ClientAuthMode } from '../pki/client-auth-mode.ts';
import type { RefusalCode } from '../policy/decision.ts';
import type { HandshakeCause } from '../tls/handshake-failure.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';
import type { TlsVersion } from '../tls/options.ts';

/** Every reason for which a client or one of its requests can be turned away. */
export type CauseCode = RefusalCode | HandshakeCause | RequestCause;

/** Why a request is turned away that its client's certificate and user have no part in. */
export type RequestCause =
  /** It is for a host that another certificate serves (421). */
  | 'host-mismatch'
  /** No route matches (404). */
  | 'no-route'
  /** Servers read its path differently (400). */
  | 'ambiguous-path';

export interface Cause {
  readonly code: CauseCode;
  /** As the record has it. */
  readonly detail: string;
  /** The certificate that it is about; null: none. */
  readonly certificate: Certificate | null;
}

/** Everything that a finding may be made of. Holds no key. */
export interface Evidence {
  /** What was decided by first, then what else is wrong. Empty: nothing is. */
  readonly causes: readonly Cause[];
  readonly record: HandshakeRecord;
  readonly listener: ListenerFacts;
  /** The server certificate that was chosen; null: none was. */
  readonly server: ServerFacts | null;
  /** As presented, leaf first; empty: none, or none that can be read. */
  readonly chain: readonly Certificate[];
  readonly users: UserFacts;
  /** null: the connection itself was refused, or not only one request. */
  readonly request: RequestFacts | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface ListenerFacts {
  /** `listen` as configured. */
  readonly name: string;
  readonly protocol: string;
  /** The names that certificates answer to. */
  readonly serverNames: readonly string[];
  readonly alpn: readonly string[];
  readonly timeoutMs: number;
  readonly maxInFlight: number;
}

export interface ServerFacts {
  /** As configured: its file, or its place. */
  readonly name: string;
  /** Leaf first. */
  readonly chain: readonly Certificate[];
  readonly mode: ClientAuthMode;
  readonly mapping: boolean;
  /** Trust anchors for clients. */
  readonly anchors: readonly Certificate[];
  readonly depth: number | null;
  readonly minVersion: TlsVersion;
}

export interface UserFacts {
  /** As configured. */
  readonly names: readonly string[];
  readonly rule: DnRule;
}

export interface RequestFacts {
  readonly method: string;
  /** Without port; empty: not known. */
  readonly host: string;
  readonly path: string;
  /** Users that may make it; null: not restricted, or not known. */
  readonly allow: ReadonlySet<string> | null;
}

/** The cause of this code among those of the evidence, or null. */
export function causeOf(evidence: Evidence, code: CauseCode): Cause | null {
  return evidence.causes.find((cause) => cause.code === code) ?? null;
}
