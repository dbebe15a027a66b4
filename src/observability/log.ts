import pino from 'pino';
import type { Finding } from '../diagnostics/finding.ts';
import type { RequestRefusal } from '../frontends/http/http-session.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';

/**
 * What the gateway says of itself: a closed set of events, one function each. Their parameters are
 * types without secrets, so that no key or body can reach the log.
 */
export interface GatewayLog {
  listening(listener: string, address: string, protocol: string): void;
  /**
   * One line for each connection, when its handshake is decided. `finding`: what mends a refusal, or
   * what would be refused if it were not merely observed.
   */
  handshake(record: HandshakeRecord, finding: Finding | null): void;
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
    finding: Finding | null,
  ): void;
  /** A client called itself `sent`, and is `user` by its certificate. */
  credentialsIgnored(record: HandshakeRecord, user: string, sent: string): void;
  upstreamFailed(upstream: string, failure: UpstreamProblem, handshakeId: string): void;
  /** A mistake of ours: the connection it happened on is closed, the gateway goes on. */
  fault(where: string, error: Error): void;
  /** `closed`: connections that the new configuration would not have admitted. */
  reloaded(closed: number): void;
  /** The last good configuration stays in force. */
  reloadFailed(problems: readonly string[]): void;
  workerDied(pid: number, cause: string, restartInMs: number): void;
  stopping(reason: string): void;
}

export interface UpstreamProblem {
  readonly code: string;
  readonly detail: string;
}

/** Writes one line of JSON an event to a file descriptor (default: standard error). */
export function createJsonLog(options: { fd?: number; level?: string } = {}): GatewayLog {
  const log = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: options.fd ?? 2, sync: true }),
  );
  return {
    listening(listener, address, protocol) {
      log.info({ event: 'listening', listener, address, protocol }, `listening on ${address}`);
    },
    handshake(record, finding) {
      const fields =
        finding === null
          ? { event: 'handshake', ...record }
          : { event: 'handshake', ...record, finding };
      if (record.outcome === 'refused') log.warn(fields, `refused: ${record.cause}`);
      else log.info(fields, 'admitted');
    },
    connectionsRefused(listener, cause, count, lastAddress) {
      log.warn(
        { event: 'connections-refused', listener, cause, count, lastAddress },
        `${count} connections closed: ${cause}`,
      );
    },
    connectionsCapped(listener, configured, possible, openFiles) {
      log.warn(
        { event: 'connections-capped', listener, configured, possible, openFiles },
        `at most ${openFiles} files can be open, which is ${possible} connections instead of ${configured} in each process: raise ulimit -n`,
      );
    },
    requestRefused(record, refusal, method, path, finding) {
      log.warn(
        {
          event: 'request-refused',
          id: record.id,
          listener: record.listener,
          remoteAddress: record.remoteAddress,
          method,
          path,
          user: refusal.user,
          cause: refusal.code,
          detail: refusal.detail,
          finding,
        },
        `request refused: ${refusal.code}`,
      );
    },
    credentialsIgnored({ id, listener, remoteAddress }, user, sent) {
      log.warn(
        {
          event: 'credentials-ignored',
          id,
          listener,
          remoteAddress,
          user,
          sent: sent.slice(0, 256),
        },
        'a user was named that the certificate is not',
      );
    },
    upstreamFailed(upstream, { code, detail }, handshakeId) {
      log.error({ event: 'upstream-failed', id: handshakeId, upstream, code, detail }, detail);
    },
    fault(where, error) {
      log.error({ event: 'fault', where, error: error.message, stack: error.stack }, error.message);
    },
    reloaded(closed) {
      log.info({ event: 'reloaded', closed }, 'the configuration was reloaded');
    },
    reloadFailed(problems) {
      log.error(
        { event: 'reload-failed', problems },
        `the configuration was not reloaded, the last good one stays: ${problems[0]}`,
      );
    },
    workerDied(pid, cause, restartInMs) {
      log.error({ event: 'worker-died', pid, cause, restartInMs }, `a worker died: ${cause}`);
    },
    stopping(reason) {
      log.info({ event: 'stopping', reason }, `stopping: ${reason}`);
    },
  };
}
