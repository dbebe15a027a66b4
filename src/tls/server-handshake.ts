// The server side of TLS on node's handles. What it relies on in node is held by server-handshake.test.ts.
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { DirectSocket } from './direct-socket.ts';
import {
  END_OF_FILE,
  readResult,
  type StreamHandle,
  systemError,
  type TlsHandle,
  wrapServerSide,
} from './node-handles.ts';
import { peerChainOf, verifyErrorOf } from './node-tls.ts';
import { onHandle, type RawConnection } from './raw-connection.ts';
import type { SessionCollector } from './session-collector.ts';
import { leafOf } from './session-data.ts';

/** Who waits for a handshake. Exactly one of these is called, once. */
export interface HandshakeWaiter {
  /** The handshake is complete; nothing the client sent after it has been delivered. */
  handshakeDone(handshake: ServerHandshake): void;
  /**
   * It failed or the client went away. Where the failure has an answer (an alert was written) `answered`
   * holds the plain connection, for `closeGently`; otherwise it is closed.
   */
  handshakeFailed(error: NodeJS.ErrnoException | null, answered: Socket | null): void;
}

/** What a server side is made with; one object serves every connection of a context. */
export interface ServerSideOptions {
  readonly secureContext: SecureContext;
  readonly requestCert: boolean;
  /** Refuses a client without a certificate by alert: 116 on TLS 1.3, 40 on 1.2. */
  readonly rejectUnauthorized: boolean;
  /** As it stands in the ClientHello's extension; null: ALPN is not answered. */
  readonly alpn: Buffer | null;
}

/** What a completed handshake agreed on. */
export interface Negotiated {
  /** `TLSv1.3` and the like. */
  readonly version: string;
  /** The cipher suite as the IANA registry names it. */
  readonly cipher: string;
  readonly alpn: string | null;
  readonly resumed: boolean;
}

/** A TLS handshake on a connection whose first bytes were read already, until it is done or has failed. */
export class ServerHandshake {
  readonly #connection: RawConnection;
  readonly #handle: TlsHandle;
  readonly #collector: SessionCollector | null;
  #socket: ServerSocket | null = null;
  #waiter: HandshakeWaiter | null;
  #hasFailed = false;
  #hasLeftOver = false;

  /** `collector`: where sessions are to be collected; null: tickets, or none. */
  constructor(
    connection: RawConnection,
    options: ServerSideOptions,
    waiter: HandshakeWaiter,
    collector: SessionCollector | null = null,
  ) {
    const hasWrites = connection.hasWrites(() => handle.writesIssuedByPrevListenerDone());
    const handle = wrapServerSide(connection.handle, options.secureContext, hasWrites);
    this.#connection = connection;
    this.#handle = handle;
    this.#waiter = waiter;
    this.#collector = collector;
    handle.ours = this;
    handle.onhandshakedone = onDone;
    Object.assign(handle, { onerror: onError });
    handle.onread = onRead;
    if (options.requestCert) handle.setVerifyMode(true, options.rejectUnauthorized);
    if (options.alpn !== null) handle.setALPNProtocols(options.alpn);
    if (collector === null) return;
    handle.onnewsession = onNewSession;
    handle.enableSessionCallbacks();
    // Node would read the ClientHello for itself first, and wait for an answer to it.
    handle.clientHelloDone();
  }

  /** Offers OpenSSL a stored session to resume, if the client asks for one. Before `begin`. */
  offerSession(data: Buffer): void {
    this.#handle.loadSession(data);
  }

  /** `first` is what was read of the connection so far. */
  begin(first: Buffer): void {
    const handle = this.#handle;
    handle.reading = true;
    const error = handle.readStart();
    if (error === 0) handle.receive(first);
    else this.#lost(systemError(error, 'read'));
  }

  /** Ends the handshake, and the connection, without telling its waiter. */
  abandon(): void {
    this.#waiter = null;
    this.#close();
  }

  get negotiated(): Negotiated {
    const handle = this.#handle;
    const alpn = handle.getALPNNegotiatedProtocol();
    return {
      version: handle.getProtocol() ?? '',
      cipher: handle.getCipher()?.standardName ?? '',
      alpn: alpn === false ? null : alpn,
      resumed: handle.isSessionReused(),
    };
  }

  /**
   * OpenSSL's code for what is wrong with the client's certificate; null: nothing, or there is none. Once the
   * handshake is done, or has brought a certificate.
   */
  get verifyError(): string | null {
    return verifyErrorOf(this.#handle);
  }

  /**
   * The client's own certificate, DER, as it stands in OpenSSL's session: a view of memory with the session's secret
   * in it, not to be kept. Null: there is none, or it can't be read. Of what `readPeerChain` costs, which has node decode
   * every certificate once more, it costs a tenth.
   */
  readPeerLeaf(): Buffer | null {
    const session = this.#handle.getSession();
    return session === undefined ? null : leafOf(session);
  }

  /**
   * The client's certificates, DER, in the order they were sent, leaf first; empty where it has none.
   * On a resumed session there is the leaf alone. To be read once.
   */
  readPeerChain(): Buffer[] {
    return peerChainOf(this.#handle);
  }

  /** The connection as a socket; its errors are the taker's. To be called once, within `handshakeDone`. */
  toSocket(): ServerSocket {
    const socket = new ServerSocket(this.#handle);
    this.#socket = socket;
    this.#connection.lendTo(socket);
    return socket;
  }

  /** Called by node on OpenSSL's stack: the connection can't be closed on it. */
  done(): void {
    const waiter = this.#waiter;
    if (waiter === null || this.#hasFailed) return;
    this.#waiter = null;
    waiter.handshakeDone(this);
  }

  /**
   * Called by node on OpenSSL's stack, with the alert written. The reset that closing would send while
   * bytes of the client's are unread would lose the alert, so the plain connection goes to the waiter.
   */
  failed(error: NodeJS.ErrnoException): void {
    if (this.#socket !== null) {
      this.#socket.destroy();
      return;
    }
    if (this.#hasFailed || this.#isLeftOver(error)) return;
    this.#hasFailed = true;
    setImmediate(() => {
      const waiter = this.#waiter;
      if (waiter === null) return;
      this.#waiter = null;
      if (this.#connection.isClosed) return waiter.handshakeFailed(error, null);
      this.#handle.destroySSL();
      waiter.handshakeFailed(error, this.#connection.toSocket());
    });
  }

  /** Called by node: nothing more comes. */
  ended(result: number): void {
    if (this.#hasFailed) return;
    this.#lost(result === END_OF_FILE ? null : systemError(result, 'read'));
  }

  /** Called by node: on TLS 1.2 before the handshake is done, on 1.3 after. */
  hasSession(id: Buffer, data: Buffer): void {
    this.#collector?.add(id, data);
    this.#handle.newSessionDone();
  }

  #lost(error: NodeJS.ErrnoException | null): void {
    const waiter = this.#waiter;
    this.#waiter = null;
    this.#close();
    waiter?.handshakeFailed(error, null);
  }

  #close(): void {
    const handle = this.#handle;
    this.#connection.destroy(() => handle.destroySSL());
  }

  /**
   * Whether an error is what is left of a verdict. Where OpenSSL finds a client's certificate wrongly
   * signed it goes on, as it is told to, but the error stays in its queue; when it then has to wait for
   * more bytes node takes it for the handshake's. It is passed over once: were it the handshake's after
   * all, then that never completes. The verdict need not be about the signature, for the last of several
   * faults is what it says.
   */
  #isLeftOver({ message }: NodeJS.ErrnoException): boolean {
    if (this.#hasLeftOver || OF_TLS.test(message)) return false;
    // Without a certificate and before a cipher is agreed on node crashes when asked for a verdict.
    if (this.#handle.getPeerX509Certificate() === undefined) return false;
    this.#hasLeftOver = this.verifyError !== null;
    return this.#hasLeftOver;
  }
}

/** The library that an error of OpenSSL's comes from stands behind its number. */
const OF_TLS = /:error:[0-9A-F]{8}:SSL routines:/;

/** A client's connection after its handshake. It is destroyed on a TLS error. */
export class ServerSocket extends DirectSocket {
  readonly encrypted = true;
  /** What was agreed on by ALPN; false: nothing. */
  readonly alpnProtocol: string | false;
  /** Where node looks for what it frees when the connection is closed. */
  ssl: TlsHandle | null;

  constructor(handle: TlsHandle) {
    super(onHandle(handle));
    this.ssl = handle;
    this.alpnProtocol = handle.getALPNNegotiatedProtocol();
  }
}

function onDone(this: TlsHandle): void {
  (this.ours as ServerHandshake).done();
}

function onError(this: TlsHandle, error: NodeJS.ErrnoException): void {
  (this.ours as ServerHandshake).failed(error);
}

/** Before the handshake is done there is nothing to read but its end. */
function onRead(this: StreamHandle): void {
  const result = readResult();
  if (result < 0) (this.ours as ServerHandshake).ended(result);
}

function onNewSession(this: TlsHandle, id: Buffer, data: Buffer): void {
  (this.ours as ServerHandshake).hasSession(id, data);
}
