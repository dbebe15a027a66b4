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
  | 'tls-untrusted'
  | 'tls-expired'
  | 'tls-name-mismatch'
  | 'tls-alert'
  | 'tls-protocol'
  | 'failed';

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
  ['CERT_HAS_EXPIRED', 'tls-expired'],
  ['CERT_NOT_YET_VALID', 'tls-expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-name-mismatch'],
  ['HOSTNAME_MISMATCH', 'tls-name-mismatch'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-untrusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-untrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'tls-untrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls-untrusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls-untrusted'],
  ['CERT_UNTRUSTED', 'tls-untrusted'],
  ['CERT_REJECTED', 'tls-untrusted'],
  ['CERT_REVOKED', 'tls-untrusted'],
  ['CERT_SIGNATURE_FAILURE', 'tls-untrusted'],
  ['CERT_CHAIN_TOO_LONG', 'tls-untrusted'],
  ['INVALID_CA', 'tls-untrusted'],
  ['INVALID_PURPOSE', 'tls-untrusted'],
  ['PATH_LENGTH_EXCEEDED', 'tls-untrusted'],
  ['CA_MD_TOO_WEAK', 'tls-untrusted'],
  ['EE_KEY_TOO_SMALL', 'tls-untrusted'],
  ['UNSPECIFIED', 'tls-untrusted'],
]);
