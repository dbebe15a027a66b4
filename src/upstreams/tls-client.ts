import { isIP, type OnReadOpts } from 'node:net';
import {
  connect,
  type ConnectionOptions,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { readPeerChain, readVerifyError } from '../tls/node-tls.ts';
import { type AdmittedServer, ServerJudge } from '../tls/server-judge.ts';
import type { UpstreamFailure } from './failure.ts';
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

/** A handshake under way. Nothing may be sent or believed before `judge` has admitted the server. */
export interface TlsAttempt {
  readonly socket: TLSSocket;
  /** To be called at 'secureConnect', once; null: the server is who it should be. */
  judge(): UpstreamFailure | null;
}

/**
 * Our side of TLS towards one upstream. The server is verified by OpenSSL and by us: chain, validity,
 * name, pins. On a resumed session none of these is checked again and no chain is shown, so a session is
 * kept here, for this one configuration, only of a server that was admitted, and only until the first of
 * the certificates that it was verified with expires.
 */
export class TlsClient {
  readonly #options: UpstreamTlsOptions;
  #side: OurSide | null = null;
  #session: KeptSession | null = null;

  constructor(options: UpstreamTlsOptions) {
    this.#options = options;
  }

  /** Starts a handshake, on a new connection or on `options.socket`. Throws where its own certificate is no use. */
  connect(options: SocketOptions): TlsAttempt {
    const { serverName, alpn } = this.#options;
    const side = (this.#side ??= makeSide(this.#options));
    options.secureContext = side.context;
    // Whether it is the right server is for `judge` to say, which also says why not.
    options.rejectUnauthorized = false;
    options.checkServerIdentity = () => undefined;
    if (isIP(serverName) === 0) options.servername = serverName;
    if (alpn.length > 0) options.ALPNProtocols = [...alpn];
    const known = this.#session;
    const resumable = known !== null && known.expiresAt > Date.now();
    if (resumable) options.session = known.bytes;
    const socket = connect(options);
    let expiresAt: number | null = null;
    let early: Buffer | null = null;
    socket.on('session', (bytes) => {
      // With TLS 1.2 it comes before the server was judged.
      if (expiresAt === null) early = bytes;
      else this.#session = { bytes, expiresAt };
    });
    return {
      socket,
      judge: () => {
        const resumed = resumable && socket.isSessionReused();
        const verdict = resumed ? admittedBefore(socket, known.expiresAt) : admit(side, socket);
        if (verdict.kind === 'refused') return verdict.fault;
        ({ expiresAt } = verdict);
        if (early !== null) this.#session = { bytes: early, expiresAt };
        return null;
      },
    };
  }

  /** Takes the next handshake from the start. */
  forgetSession(): void {
    this.#session = null;
  }
}

/** Made at the first dial: there may be many upstreams, and the public roots are long. */
interface OurSide {
  readonly context: SecureContext;
  readonly judge: ServerJudge;
}

function makeSide(options: UpstreamTlsOptions): OurSide {
  const { certPem, keyPem } = options;
  const caPem = options.caPem.length > 0 ? options.caPem : publicRoots();
  const context = createSecureContext({
    ca: [...caPem],
    // An intermediate or a leaf that is named as the anchor is trusted as it is configured.
    allowPartialTrustChain: true,
    minVersion: 'TLSv1.2',
    ...(certPem !== null && keyPem !== null ? { cert: certPem, key: keyPem } : {}),
  });
  return { context, judge: new ServerJudge({ ...options, caPem }) };
}

function admit({ judge }: OurSide, socket: TLSSocket): AdmittedServer {
  return judge.judge(readPeerChain(socket), readVerifyError(socket), Date.now());
}

interface KeptSession {
  readonly bytes: Buffer;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** OpenSSL keeps what it found at first with the session. */
function admittedBefore(socket: TLSSocket, expiresAt: number): AdmittedServer {
  const error = readVerifyError(socket);
  if (error === null) return { kind: 'admitted', expiresAt };
  return { kind: 'refused', fault: { code: 'unverifiable', detail: `OpenSSL: ${error}` } };
}

function publicRoots(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}
