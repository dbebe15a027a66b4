import type { NetConnectOpts, Socket } from 'node:net';
import { DirectSocket } from '../tls/direct-socket.ts';
import { LentMemory } from '../tls/lent-memory.ts';
import { type UpstreamFailure, upstreamFailure } from './failure.ts';
import { DialHealth, type UpstreamHealth } from './health.ts';
import type { UpstreamOptions } from './options.ts';
import { type SocketOptions, type TlsAttempt, TlsClient } from './tls-client.ts';

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
 * chain, validity, name or allowed peers, pins. Sockets are half-open capable: their user ends them after 'end'.
 */
export class Dialer {
  readonly options: UpstreamOptions;
  readonly #tls: TlsClient | null;
  #health = new DialHealth();
  #inFlight = 0;

  constructor(options: UpstreamOptions) {
    this.options = options;
    this.#tls = options.tls === null ? null : new TlsClient(options.tls);
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
    const tls = this.#tls;
    if (tls === null) this.#dial(connectPlainly, sink, done);
    else this.#dial((options) => tls.connect(options), sink, done);
  }

  /** The same without TLS, whatever the options say, for protocols that start it later. */
  dialPlain(done: (result: DialResult) => void): void {
    this.#dial(connectPlainly, null, done);
  }

  /**
   * Starts the options' TLS on a connection that `dialPlain` opened, which nothing reads from any more.
   * Fails where the options have none. As `dial` otherwise.
   */
  startTls(socket: Socket, done: (result: DialResult) => void): void {
    const tls = this.#tls;
    if (tls === null) {
      const failure = { code: 'tls-configuration', detail: 'the upstream asks for TLS' } as const;
      socket.destroy();
      process.nextTick(done, { ok: false, failure });
      return;
    }
    socket.on('error', ignore);
    const start = () => tls.connect({ socket });
    this.#dial(start, null, (result) => {
      if (!result.ok) socket.destroy();
      done(result);
    });
  }

  #dial(
    open: (options: SocketOptions) => Attempt,
    sink: ByteSink | null,
    done: (result: DialResult) => void,
  ): void {
    const refusal = this.#refusal();
    if (refusal !== null) {
      process.nextTick(done, { ok: false, failure: refusal });
      return;
    }
    let attempt: Attempt;
    try {
      attempt = open(this.#socketOptions(sink));
    } catch (error) {
      const detail = upstreamFailure(error).detail;
      process.nextTick(done, { ok: false, failure: { code: 'tls-configuration', detail } });
      return;
    }
    this.#inFlight++;
    this.#await(attempt, (result) => {
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

  #socketOptions(sink: ByteSink | null): SocketOptions {
    const { address } = this.options;
    const options: SocketOptions =
      address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
    options.allowHalfOpen = true;
    options.noDelay = true;
    // Notices an upstream that vanished while it owes the rest of a body.
    options.keepAlive = true;
    options.keepAliveInitialDelay = KEEP_ALIVE_MS;
    if (sink !== null) {
      options.onread = {
        buffer: SHARED.bytes,
        callback: (length) => sink.receive(SHARED.first(length)),
      };
    }
    return options;
  }

  #await(attempt: Attempt, done: (result: DialResult) => void): void {
    const { socket } = attempt;
    const { connectTimeoutMs } = this.options;
    const established = attempt.judge === null ? 'connect' : 'secureConnect';

    const finish = (result: DialResult): void => {
      clearTimeout(timer);
      socket.removeListener(established, onEstablished);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      if (!result.ok) {
        // A failed handshake may report a second error; there is nobody left to tell.
        socket.on('error', ignore);
        socket.destroy();
        this.#tls?.forgetSession();
      }
      done(result);
    };
    const onEstablished = (): void => {
      const failure = attempt.judge?.() ?? null;
      if (failure === null) finish({ ok: true, socket, alpn: negotiated(socket) });
      else finish({ ok: false, failure });
    };
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

/** A connection that is being opened; `judge` null: it is plain, and good when it is open. */
type Attempt = TlsAttempt | { readonly socket: Socket; readonly judge: null };

function connectPlainly(options: SocketOptions): Attempt {
  return { socket: DirectSocket.to(options as NetConnectOpts), judge: null };
}

function negotiated(socket: Socket): string | null {
  const alpn = 'alpnProtocol' in socket ? socket.alpnProtocol : null;
  return typeof alpn === 'string' ? alpn : null;
}

function ignore(): void {}

const KEEP_ALIVE_MS = 30_000;

/** Where all sinks' bytes arrive, one read at a time. */
const SHARED = new LentMemory(131_072);

/** Beyond this the upstream is not accepting, and more attempts only cost sockets. */
const MAX_DIALS_IN_FLIGHT = 8192;
