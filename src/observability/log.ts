import type { ToldFinding } from '../diagnostics/finding.ts';
import type { RequestRefusal } from '../frontends/http/http-session.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';
import type { CertificateExpiresEvent, EnrolledEvent, EventSink, HandshakeEvent } from './event.ts';

/**
 * What the gateway says of itself: a closed set of events, one function each. Their parameters are
 * types without secrets, so that no key or body can reach the log.
 */
export interface GatewayLog {
  listening(listener: string, address: string, protocol: string): void;
  /**
   * Once for each connection, when its handshake is decided. `finding`: what mends a refusal, or what
   * would be refused if it were not merely observed.
   */
  handshake(record: HandshakeRecord, finding: ToldFinding | null): void;
  /**
   * Connections that were closed because a limit was reached, since the last time this was told: at
   * most once a second and cause. `lastAddress` is the client's of the last of them.
   */
  connectionsRefused(listener: string, cause: string, count: number, lastAddress: string): void;
  /** The listener takes fewer connections in a process than configured. */
  connectionsCapped(
    listener: string,
    configured: number,
    possible: number,
    openFiles: number,
  ): void;
  /** A request refused on a connection that was admitted, or served for its skip_paths. */
  requestRefused(
    record: HandshakeRecord,
    refusal: RequestRefusal,
    method: string,
    path: string,
    finding: ToldFinding | null,
  ): void;
  /** A connection was handed on to this upstream by its server name. */
  passedThrough(record: HandshakeRecord, upstream: string): void;
  /** A client called itself `sent`, and is `user` by its certificate. */
  credentialsIgnored(record: HandshakeRecord, user: string, sent: string): void;
  upstreamFailed(upstream: string, failure: UpstreamProblem, handshakeId: string): void;
  /** An upstream can't be reached any more, or again. `detail`: why not. */
  upstreamChanged(upstream: string, state: 'up' | 'down', detail: string | null): void;
  /** A configured certificate expires soon, or has. */
  certificateExpires(certificate: Omit<CertificateExpiresEvent, 'event'>): void;
  /** A certificate of the attached authority. `closed`: its connections; null: counted with others'. */
  revoked(serialNumber: string, reason: string, closed: number | null): void;
  /** A machine got a certificate from the attached authority. `by`: for which token or certificate. */
  enrolled(enrolled: Omit<EnrolledEvent, 'event'>): void;
  enrolmentRefused(cause: string, detail: string, remoteAddress: string): void;
  /** One of the gateway's own, by the attached authority; `file` holds the new one. */
  certificateRenewed(file: string, serialNumber: string, notAfter: number): void;
  /** The attached authority's, before it was due. */
  revocationListPublished(file: string): void;
  /** The attached authority can't do all of its work; the gateway serves all the same. */
  authorityUnusable(problem: string): void;
  /** A mistake of ours: the connection it happened on is closed, the gateway goes on. */
  fault(where: string, error: Error): void;
  /** `closed`: connections that the new configuration would not have admitted. */
  reloaded(closed: number): void;
  /** The last good configuration stays in force. */
  reloadFailed(problems: readonly string[]): void;
  workerDied(pid: number, cause: string, restartInMs: number): void;
  /** Something in the directory of the state can't be used; the gateway serves all the same. */
  stateUnusable(problem: string): void;
  stopping(reason: string): void;
}

export interface UpstreamProblem {
  readonly code: string;
  readonly detail: string;
}

/** Makes an event of each thing that is said. */
export function createGatewayLog(emit: EventSink): GatewayLog {
  return {
    listening(listener, address, protocol) {
      emit({ event: 'listening', listener, address, protocol });
    },
    handshake(record, finding) {
      if (finding === null) emit(eventOf(record));
      else emit({ ...eventOf(record), finding: finding.en, findingZh: finding.zh });
    },
    connectionsRefused(listener, cause, count, lastAddress) {
      emit({ event: 'connections-refused', listener, cause, count, lastAddress });
    },
    connectionsCapped(listener, configured, possible, openFiles) {
      emit({ event: 'connections-capped', listener, configured, possible, openFiles });
    },
    requestRefused(record, { code, detail, user }, method, path, finding) {
      const { id, listener, remoteAddress, remotePort } = record;
      emit({
        event: 'request-refused',
        id,
        listener,
        remoteAddress,
        remotePort,
        subject: record.peer?.subject ?? null,
        method,
        path,
        user,
        cause: code,
        detail,
        finding: finding?.en ?? null,
        findingZh: finding?.zh ?? null,
      });
    },
    passedThrough({ id, listener, remoteAddress, remotePort, sni }, upstream) {
      const from = { id, listener, remoteAddress, remotePort };
      emit({ event: 'passed-through', ...from, sni: sni ?? '', upstream });
    },
    credentialsIgnored({ id, listener, remoteAddress, remotePort }, user, sent) {
      emit({
        event: 'credentials-ignored',
        id,
        listener,
        remoteAddress,
        remotePort,
        user,
        sent: sent.slice(0, 256),
      });
    },
    upstreamFailed(upstream, { code, detail }, id) {
      emit({ event: 'upstream-failed', id, upstream, code, detail });
    },
    upstreamChanged(upstream, state, detail) {
      emit({ event: 'upstream-changed', upstream, state, detail });
    },
    certificateExpires(certificate) {
      emit({ event: 'certificate-expires', ...certificate });
    },
    revoked(serialNumber, reason, closed) {
      emit({ event: 'revoked', serialNumber, reason, closed });
    },
    enrolled(enrolled) {
      emit({ event: 'enrolled', ...enrolled });
    },
    enrolmentRefused(cause, detail, remoteAddress) {
      emit({ event: 'enrolment-refused', cause, detail, remoteAddress });
    },
    certificateRenewed(file, serialNumber, notAfter) {
      emit({ event: 'certificate-renewed', certificate: file, serialNumber, notAfter });
    },
    revocationListPublished(file) {
      emit({ event: 'crl-published', file });
    },
    authorityUnusable(problem) {
      emit({ event: 'authority-unusable', problem });
    },
    fault(where, error) {
      emit({ event: 'fault', where, error: error.message, stack: error.stack });
    },
    reloaded(closed) {
      emit({ event: 'reloaded', closed });
    },
    reloadFailed(problems) {
      emit({ event: 'reload-failed', problems });
    },
    workerDied(pid, cause, restartInMs) {
      emit({ event: 'worker-died', pid, cause, restartInMs });
    },
    stateUnusable(problem) {
      emit({ event: 'state-unusable', problem });
    },
    stopping(reason) {
      emit({ event: 'stopping', reason });
    },
  };
}

/** The record as it is now. Field by field: spreading so many costs several times as much, once a connection. */
function eventOf(record: HandshakeRecord): HandshakeEvent {
  return {
    event: 'handshake',
    id: record.id,
    listener: record.listener,
    startedAt: record.startedAt,
    durationMs: record.durationMs,
    remoteAddress: record.remoteAddress,
    remotePort: record.remotePort,
    sni: record.sni,
    offeredVersions: record.offeredVersions,
    offeredAlpn: record.offeredAlpn,
    offeredGroups: record.offeredGroups,
    offeredCiphers: record.offeredCiphers,
    certificate: record.certificate,
    mode: record.mode,
    version: record.version,
    cipher: record.cipher,
    alpn: record.alpn,
    resumed: record.resumed,
    peer: record.peer,
    presented: record.presented,
    verification: record.verification,
    outcome: record.outcome,
    cause: record.cause,
    detail: record.detail,
    user: record.user,
  };
}
