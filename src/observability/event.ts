import type { Finding } from '../diagnostics/finding.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';

/**
 * What happened in the gateway: a closed set of kinds, each with its own fields. Made of types that hold
 * no secret, so that no key and no body can be in one. The JSON log and `tail --json` print them
 * `inShort`.
 */
export type GatewayEvent =
  | ListeningEvent
  | HandshakeEvent
  | PassedThroughEvent
  | RequestRefusedEvent
  | ConnectionsRefusedEvent
  | ConnectionsCappedEvent
  | CredentialsIgnoredEvent
  | UpstreamFailedEvent
  | UpstreamChangedEvent
  | CertificateExpiresEvent
  | RevokedEvent
  | EnrolledEvent
  | EnrolmentRefusedEvent
  | CertificateRenewedEvent
  | RevocationListPublishedEvent
  | AuthorityUnusableEvent
  | FaultEvent
  | ReloadedEvent
  | ReloadFailedEvent
  | WorkerDiedEvent
  | StateUnusableEvent
  | StoppingEvent
  | MoreLikeItEvent
  | EventsDroppedEvent;

/** The event as it is written into lines of JSON: without the chain as presented and without translations. */
export function inShort(event: GatewayEvent): object {
  switch (event.event) {
    // JSON leaves undefined values out.
    case 'handshake':
      return { ...event, presented: undefined, findingZh: undefined };
    case 'request-refused':
      return { ...event, findingZh: undefined };
    default:
      return event;
  }
}

/** Takes events as they happen. Never throws. */
export type EventSink = (event: GatewayEvent) => void;

export interface ListeningEvent {
  readonly event: 'listening';
  readonly listener: string;
  readonly address: string;
  readonly protocol: string;
}

/** `finding`: what mends a refusal, or what would be refused if it were not merely observed. */
export type HandshakeEvent = Readonly<HandshakeRecord> & {
  readonly event: 'handshake';
  readonly finding?: Finding;
  /** The same in Simplified Chinese. */
  readonly findingZh?: Finding;
};

/** A connection was handed on as it came, by its server name. Nobody was verified. */
export interface PassedThroughEvent {
  readonly event: 'passed-through';
  readonly id: string;
  readonly listener: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly sni: string;
  readonly upstream: string;
}

/** A request refused on a connection that was admitted, or served for its skip_paths. */
export interface RequestRefusedEvent {
  readonly event: 'request-refused';
  /** Of the handshake. */
  readonly id: string;
  readonly listener: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly subject: string | null;
  readonly method: string;
  readonly path: string;
  readonly user: string | null;
  readonly cause: string;
  readonly detail: string;
  readonly finding: Finding | null;
  /** The same in Simplified Chinese. */
  readonly findingZh: Finding | null;
}

/** Connections that were closed because a limit was reached, counted. */
export interface ConnectionsRefusedEvent {
  readonly event: 'connections-refused';
  readonly listener: string;
  readonly cause: string;
  readonly count: number;
  readonly lastAddress: string;
}

export interface ConnectionsCappedEvent {
  readonly event: 'connections-capped';
  readonly listener: string;
  readonly configured: number;
  readonly possible: number;
  readonly openFiles: number;
}

export interface CredentialsIgnoredEvent {
  readonly event: 'credentials-ignored';
  readonly id: string;
  readonly listener: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly user: string;
  readonly sent: string;
}

export interface UpstreamFailedEvent {
  readonly event: 'upstream-failed';
  /** Of the handshake of the client whose request it was. */
  readonly id: string;
  readonly upstream: string;
  readonly code: string;
  readonly detail: string;
}

export interface UpstreamChangedEvent {
  readonly event: 'upstream-changed';
  readonly upstream: string;
  readonly state: 'up' | 'down';
  /** Why it is down; null: it is up. */
  readonly detail: string | null;
}

export interface CertificateExpiresEvent {
  readonly event: 'certificate-expires';
  /** As configured: its file, or its place. */
  readonly certificate: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  /** Whole days that are left; negative: it has expired. */
  readonly days: number;
}

/** A certificate of the attached authority was revoked, and is refused from now on. */
export interface RevokedEvent {
  readonly event: 'revoked';
  /** Lower-case hex. */
  readonly serialNumber: string;
  readonly reason: string;
  /** Its connections that were closed; null: several certificates were revoked at once. */
  readonly closed: number | null;
}

/** A machine got a certificate from the attached authority, over the network. */
export interface EnrolledEvent {
  readonly event: 'enrolled';
  /** Lower-case hex. */
  readonly serialNumber: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  /** `token NAME`, or `certificate SERIAL`, which it renews. */
  readonly by: string;
  readonly remoteAddress: string;
}

/** A machine asked the attached authority for a certificate and got none. */
export interface EnrolmentRefusedEvent {
  readonly event: 'enrolment-refused';
  readonly cause: string;
  readonly detail: string;
  readonly remoteAddress: string;
}

/** The attached authority issued a certificate of the gateway again, which is in its file. */
export interface CertificateRenewedEvent {
  readonly event: 'certificate-renewed';
  /** Its file. */
  readonly certificate: string;
  readonly serialNumber: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

/** The attached authority's revocation list was written anew before it was due. */
export interface RevocationListPublishedEvent {
  readonly event: 'crl-published';
  readonly file: string;
}

/** The attached authority can't do all of its work; the gateway serves all the same. */
export interface AuthorityUnusableEvent {
  readonly event: 'authority-unusable';
  /** What, and what that means. */
  readonly problem: string;
}

export interface FaultEvent {
  readonly event: 'fault';
  readonly where: string;
  readonly error: string;
  readonly stack: string | undefined;
}

export interface ReloadedEvent {
  readonly event: 'reloaded';
  readonly closed: number;
}

export interface ReloadFailedEvent {
  readonly event: 'reload-failed';
  readonly problems: readonly string[];
}

export interface WorkerDiedEvent {
  readonly event: 'worker-died';
  readonly pid: number;
  readonly cause: string;
  readonly restartInMs: number;
}

/** Something in the directory of the state can't be used; the gateway serves all the same. */
export interface StateUnusableEvent {
  readonly event: 'state-unusable';
  /** What, and what that means. */
  readonly problem: string;
}

export interface StoppingEvent {
  readonly event: 'stopping';
  readonly reason: string;
}

/** Events that were alike were counted instead of being written one by one. */
export interface MoreLikeItEvent {
  readonly event: 'more-like-it';
  /** Their kind. */
  readonly of: GatewayEvent['event'];
  readonly cause: string;
  /** null: they came from more addresses than are told apart, or from none. */
  readonly remoteAddress: string | null;
  readonly count: number;
  readonly seconds: number;
  /** The handshake of the last of them; null: they have none. */
  readonly lastId: string | null;
}

/** Whoever reads the events was too slow: so many were left out. */
export interface EventsDroppedEvent {
  readonly event: 'events-dropped';
  readonly count: number;
}

export type EventLevel = 'debug' | 'info' | 'warn' | 'error';

/** The least that is written. */
export type LogLevel = Exclude<EventLevel, 'error'>;

export function isWritten(level: EventLevel, least: LogLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

const LEVELS: readonly EventLevel[] = ['debug', 'info', 'warn', 'error'];

/** How much an event matters. `debug`: not written unless asked for. */
export function levelOf(event: GatewayEvent): EventLevel {
  switch (event.event) {
    case 'handshake':
      if (event.outcome !== 'refused') return 'info';
      return isProbe(event) ? 'debug' : 'warn';
    case 'listening':
    case 'passed-through':
    case 'reloaded':
    case 'revoked':
    case 'enrolled':
    case 'certificate-renewed':
    case 'crl-published':
    case 'stopping':
      return 'info';
    case 'upstream-changed':
      return event.state === 'up' ? 'info' : 'error';
    case 'certificate-expires':
      return event.days < 0 ? 'error' : 'warn';
    case 'request-refused':
    case 'connections-refused':
    case 'connections-capped':
    case 'credentials-ignored':
    case 'state-unusable':
    case 'enrolment-refused':
    case 'authority-unusable':
    case 'more-like-it':
    case 'events-dropped':
      return 'warn';
    case 'upstream-failed':
    case 'fault':
    case 'reload-failed':
    case 'worker-died':
      return 'error';
  }
}

/** A connection that was opened and closed without a ClientHello, as load balancers and scanners do. */
function isProbe({ cause, offeredVersions }: HandshakeEvent): boolean {
  return cause === 'client-closed' && offeredVersions.length === 0;
}

/** Whether somebody was turned away, or would be if it were not merely observed. */
export function isRefusal(event: GatewayEvent): boolean {
  switch (event.event) {
    case 'handshake':
      return event.outcome === 'refused' || event.cause !== null;
    case 'request-refused':
    case 'connections-refused':
      return true;
    default:
      return false;
  }
}
