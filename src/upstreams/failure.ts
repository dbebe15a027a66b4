import type { ServerFault } from '../tls/server-judge.ts';

/** Why an upstream could not be reached, or why a connection to it ended. */
export type UpstreamFailureCode =
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'name-not-found'
  | 'reset'
  | 'too-many-dials'
  | 'circuit-open'
  | 'tls-configuration'
  | 'tls-alert'
  | 'tls-protocol'
  | 'failed'
  /** Its certificate is not that of a server that we talk to. */
  | ServerFault['code'];

/** `detail` is words for the log: the system's or OpenSSL's own code, never key material. */
export interface UpstreamFailure {
  readonly code: UpstreamFailureCode;
  readonly detail: string;
}

/** Maps an error of a socket or of its TLS onto the closed codes; unknown ones are `failed`. */
export function upstreamFailure(error: unknown): UpstreamFailure {
  const code = errorCode(error);
  const known = CODES.get(code);
  if (known !== undefined) return { code: known, detail: code };
  if (code.startsWith('ERR_SSL_') && code.includes('ALERT'))
    return { code: 'tls-alert', detail: code };
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO') {
    return { code: 'tls-protocol', detail: code };
  }
  return { code: 'failed', detail: code };
}

function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}

const CODES: ReadonlyMap<string, UpstreamFailureCode> = new Map<string, UpstreamFailureCode>([
  ['ECONNREFUSED', 'refused'],
  // A Unix socket that is not there refuses as a closed port does.
  ['ENOENT', 'refused'],
  ['EACCES', 'refused'],
  ['ETIMEDOUT', 'timeout'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['ENOTFOUND', 'name-not-found'],
  ['EAI_AGAIN', 'name-not-found'],
  ['EAI_FAIL', 'name-not-found'],
  ['ECONNRESET', 'reset'],
  ['ECONNABORTED', 'reset'],
  ['EPIPE', 'reset'],
]);
