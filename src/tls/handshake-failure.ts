import { alertName } from './alert.ts';

/** Why a connection never became a TLS connection. */
export type HandshakeCause =
  | 'sni-unknown'
  | 'no-certificate'
  | 'no-shared-parameters'
  | 'plain-http'
  | 'other-protocol'
  | 'handshake-timeout'
  /** Given up for a later one, as too many were in flight and this one the longest. */
  | 'crowded-out'
  | 'client-alert'
  /** The client went away, with or without having sent something. */
  | 'client-closed'
  /** What the client sent is no well-formed handshake. */
  | 'malformed'
  /** The upstream speaks first in this protocol, and did not. */
  | 'no-upstream'
  /** Our own certificate or key can't be used. */
  | 'server-certificate';

export interface HandshakeFailure {
  readonly cause: HandshakeCause;
  readonly detail: string;
}

/** The cause behind an error of a server-side handshake, as OpenSSL and node report it. */
export function readFailure(error: NodeJS.ErrnoException | null): HandshakeFailure {
  const code = error?.code;
  if (code === undefined) return GONE;
  if (!code.startsWith('ERR_SSL_')) return { cause: 'client-closed', detail: code };
  const reason = code.slice('ERR_SSL_'.length);
  if (reason === 'PEER_DID_NOT_RETURN_A_CERTIFICATE') return NO_CERTIFICATE;
  if (NOT_SHARED.has(reason)) return { cause: 'no-shared-parameters', detail: words(reason) };
  const alert = readClientAlert(error?.message ?? '', reason);
  if (alert !== null) return { cause: 'client-alert', detail: alert };
  return { cause: 'malformed', detail: words(reason) };
}

const GONE: HandshakeFailure = {
  cause: 'client-closed',
  detail: 'the client closed the connection during the handshake',
};
const NO_CERTIFICATE: HandshakeFailure = {
  cause: 'no-certificate',
  detail: 'the client presented no certificate',
};

const NOT_SHARED: ReadonlySet<string> = new Set([
  'NO_SHARED_CIPHER',
  'NO_SHARED_GROUP',
  'NO_SHARED_GROUPS',
  'NO_SUITABLE_GROUPS',
  'NO_SUITABLE_KEY_SHARE',
  'NO_SUITABLE_SIGNATURE_ALGORITHM',
  'NO_SHARED_SIGNATURE_ALGORITHMS',
  'NO_APPLICATION_PROTOCOL',
  'UNSUPPORTED_PROTOCOL',
  'UNKNOWN_PROTOCOL',
  'VERSION_TOO_LOW',
  'WRONG_SIGNATURE_TYPE',
  'INAPPROPRIATE_FALLBACK',
  'EE_KEY_TOO_SMALL',
]);

/** The name of the alert the client sent: the code carries its name, the message its number. */
function readClientAlert(message: string, reason: string): string | null {
  if (!/(?:^|_)ALERT_/.test(reason)) return null;
  const number = /SSL alert number (\d{1,3})/.exec(message)?.[1];
  return number === undefined ? words(reason) : alertName(Number(number));
}

function words(reason: string): string {
  return reason.toLowerCase().replaceAll('_', ' ');
}
