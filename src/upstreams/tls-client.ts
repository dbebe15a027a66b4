import { isIP, type OnReadOpts } from 'node:net';
import {
  checkServerIdentity,
  connect,
  type ConnectionOptions,
  createSecureContext,
  type DetailedPeerCertificate,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import type { UpstreamTlsOptions } from './options.ts';

/** Of net.connect and tls.connect together, and what the type of the latter leaves out. */
export type SocketOptions = ConnectionOptions & {
  path?: string;
  allowHalfOpen?: boolean;
  noDelay?: boolean;
  keepAlive?: boolean;
  keepAliveInitialDelay?: number;
  onread?: OnReadOpts;
};

/**
 * Our side of TLS towards one upstream. The server is verified: chain, validity and name. On a resumed
 * session OpenSSL and Node check none of these again and show no certificate, so a session is kept
 * here, for this one configuration, and only until the first of the certificates that it was verified
 * with expires.
 */
export class TlsClient {
  readonly #options: UpstreamTlsOptions;
  #context: SecureContext | null = null;
  #session: KeptSession | null = null;

  constructor(options: UpstreamTlsOptions) {
    this.#options = options;
  }

  /** Starts a handshake, on a new connection or on `options.socket`. Throws where its own certificate is no use. */
  connect(options: SocketOptions): TLSSocket {
    const { serverName, alpn } = this.#options;
    this.#context ??= secureContext(this.#options);
    options.secureContext = this.#context;
    options.rejectUnauthorized = true;
    options.checkServerIdentity = (_host, certificate) =>
      checkServerIdentity(serverName, certificate);
    if (isIP(serverName) === 0) options.servername = serverName;
    if (alpn.length > 0) options.ALPNProtocols = [...alpn];
    const session = this.#session;
    const resumable = session !== null && session.expiresAt > Date.now();
    if (resumable) options.session = session.bytes;
    const socket = connect(options);
    let expiresAt = resumable ? session.expiresAt : 0;
    socket.once('secureConnect', () => {
      if (!socket.isSessionReused()) expiresAt = earliestExpiry(socket);
    });
    socket.on('session', (bytes) => {
      this.#session = { bytes, expiresAt };
    });
    return socket;
  }

  /** Takes the next handshake from the start. */
  forgetSession(): void {
    this.#session = null;
  }
}

interface KeptSession {
  readonly bytes: Buffer;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** When the first of the server's certificates, as presented, expires. */
function earliestExpiry(socket: TLSSocket): number {
  let earliest = Number.POSITIVE_INFINITY;
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  const seen = new Set<string>();
  while (certificate?.valid_to !== undefined && !seen.has(certificate.fingerprint256)) {
    seen.add(certificate.fingerprint256);
    earliest = Math.min(earliest, Date.parse(certificate.valid_to));
    certificate = certificate.issuerCertificate;
  }
  return earliest;
}

function secureContext(tls: UpstreamTlsOptions): SecureContext {
  return createSecureContext({
    ca: tls.caPem.length > 0 ? [...tls.caPem] : publicRoots(),
    // An intermediate or a leaf that is named as the anchor is trusted as it is configured.
    allowPartialTrustChain: true,
    minVersion: 'TLSv1.2',
    ...(tls.certPem !== null && tls.keyPem !== null ? { cert: tls.certPem, key: tls.keyPem } : {}),
  });
}

function publicRoots(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}
