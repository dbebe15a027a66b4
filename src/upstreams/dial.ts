import {
  connect as connectPlain,
  isIP,
  type NetConnectOpts,
  type OnReadOpts,
  type Socket,
} from 'node:net';
import {
  checkServerIdentity,
  connect as connectTls,
  type ConnectionOptions,
  createSecureContext,
  type DetailedPeerCertificate,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { type UpstreamFailure, upstreamFailure } from './failure.ts';
import { DialHealth, type UpstreamHealth } from './health.ts';
import type { UpstreamOptions, UpstreamTlsOptions } from './options.ts';

/** Takes what a connection receives, instead of its 'data' events. */
export interface ByteSink {
  /** `bytes` is valid until this returns, and reused then. False: pause until `socket.resume()`. */
  receive(bytes: Buffer): boolean;
}

export type DialResult =
  | { readonly ok: true; readonly socket: Socket; readonly alpn: string | null }
  | { readonly ok: false; readonly failure: UpstreamFailure };

/**
 * Opens connections to one upstream. A connection is handed over connected and, with TLS, verified:
 * chain, validity and name. On a resumed session OpenSSL and Node check none of these again and show
 * no certificate, so a session is kept here, for this one configuration, and only until the first of
 * the certificates that it was verified with expires. Sockets are half-open capable: their user ends
 * them after 'end'.
 */
export class Dialer {
  readonly options: UpstreamOptions;
  #health = new DialHealth();
  #inFlight = 0;
  #context: SecureContext | null = null;
  #session: KeptSession | null = null;

  constructor(options: UpstreamOptions) {
    this.options = options;
  }

  health(): UpstreamHealth {
    return this.#health.report();
  }

  /**
   * Calls `done` once, never before it returns. Every way to fail comes as data. With a sink the
   * socket has no 'data' events: what arrives goes to the sink through memory that all connections
   * share, which costs a quarter less for each message. 'end' and the rest of the socket stay.
   */
  dial(done: (result: DialResult) => void, sink: ByteSink | null = null): void {
    const refusal = this.#refusal();
    if (refusal !== null) {
      process.nextTick(done, { ok: false, failure: refusal });
      return;
    }
    let socket: Socket;
    try {
      socket = this.#open(sink);
    } catch (error) {
      const detail = upstreamFailure(error).detail;
      process.nextTick(done, { ok: false, failure: { code: 'tls-configuration', detail } });
      return;
    }
    this.#inFlight++;
    this.#await(socket, (result) => {
      this.#inFlight--;
      if (result.ok) this.#health.succeeded();
      else this.#health.failed(result.failure);
      done(result);
    });
  }

  #refusal(): UpstreamFailure | null {
    if (this.#inFlight >= MAX_DIALS_IN_FLIGHT) {
      return { code: 'too-many-dials', detail: `${MAX_DIALS_IN_FLIGHT} dials are in flight` };
    }
    if (!this.#health.admits(this.#inFlight)) {
      return { code: 'circuit-open', detail: 'the last dials timed out; one probe is under way' };
    }
    return null;
  }

  #open(sink: ByteSink | null): Socket {
    const { address, tls } = this.options;
    const options: SocketOptions =
      address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
    options.allowHalfOpen = true;
    options.noDelay = true;
    // Notices an upstream that vanished while it owes the rest of a body.
    options.keepAlive = true;
    options.keepAliveInitialDelay = KEEP_ALIVE_MS;
    if (sink !== null) {
      options.onread = {
        buffer: SHARED,
        callback: (length, bytes) => sink.receive((bytes as Buffer).subarray(0, length)),
      };
    }
    if (tls === null) return connectPlain(options as NetConnectOpts);

    this.#context ??= secureContext(tls);
    options.secureContext = this.#context;
    options.rejectUnauthorized = true;
    options.checkServerIdentity = (_host, certificate) =>
      checkServerIdentity(tls.serverName, certificate);
    if (isIP(tls.serverName) === 0) options.servername = tls.serverName;
    if (tls.alpn.length > 0) options.ALPNProtocols = [...tls.alpn];
    const session = this.#session;
    const resumable = session !== null && session.expiresAt > Date.now();
    if (resumable) options.session = session.bytes;
    const socket = connectTls(options);
    let expiresAt = resumable ? session.expiresAt : 0;
    socket.once('secureConnect', () => {
      if (!socket.isSessionReused()) expiresAt = earliestExpiry(socket);
    });
    socket.on('session', (bytes) => {
      this.#session = { bytes, expiresAt };
    });
    return socket;
  }

  #await(socket: Socket, done: (result: DialResult) => void): void {
    const { tls, connectTimeoutMs } = this.options;
    const established = tls === null ? 'connect' : 'secureConnect';

    const finish = (result: DialResult): void => {
      clearTimeout(timer);
      socket.removeListener(established, onEstablished);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      if (!result.ok) {
        // A failed handshake may report a second error; there is nobody left to tell.
        socket.on('error', ignore);
        socket.destroy();
        this.#session = null;
      }
      done(result);
    };
    const onEstablished = (): void => finish({ ok: true, socket, alpn: negotiated(socket) });
    const onError = (error: Error): void => finish({ ok: false, failure: upstreamFailure(error) });
    const onClose = (): void =>
      finish({ ok: false, failure: { code: 'reset', detail: 'closed while connecting' } });
    const timer = setTimeout(
      () => finish({ ok: false, failure: { code: 'timeout', detail: `${connectTimeoutMs} ms` } }),
      connectTimeoutMs,
    );

    socket.on(established, onEstablished);
    socket.on('error', onError);
    socket.on('close', onClose);
  }
}

/** Of both calls, and what the type of tls.connect leaves out. */
type SocketOptions = ConnectionOptions & {
  path?: string;
  allowHalfOpen?: boolean;
  noDelay?: boolean;
  keepAlive?: boolean;
  keepAliveInitialDelay?: number;
  onread?: OnReadOpts;
};

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

function negotiated(socket: Socket): string | null {
  const alpn = 'alpnProtocol' in socket ? socket.alpnProtocol : null;
  return typeof alpn === 'string' ? alpn : null;
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

function ignore(): void {}

const KEEP_ALIVE_MS = 30_000;

/** Where all sinks' bytes arrive, one read at a time. */
const SHARED = Buffer.allocUnsafeSlow(65_536);

/** Beyond this the upstream is not accepting, and more attempts only cost sockets. */
const MAX_DIALS_IN_FLIGHT = 8192;
