import { connect as connectPlain, isIP, type Socket } from 'node:net';
import {
  checkServerIdentity,
  connect as connectTls,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { readKeyLog } from '../transcript/key-log.ts';
import { readTranscript, type Transcript } from '../transcript/transcript.ts';
import { awaitNatsGreeting, type NatsGreeting } from './nats-greeting.ts';
import { TappedSocket } from './tapped-socket.ts';

export interface ProbeOptions {
  /** A name or an IP address. */
  readonly host: string;
  readonly port: number;
  /** Asked for by SNI unless it is an IP address, and expected in the server's certificate. */
  readonly serverName: string;
  /** What is spoken before TLS starts. */
  readonly startTls: 'none' | 'nats';
  /** Trust anchors for the server and, where there is one, the client's certificate; see `probeContext`. */
  readonly context: SecureContext;
  /** Application protocols that are offered; empty: no ALPN. */
  readonly alpn: readonly string[];
  /** From the start to the end of the handshake, milliseconds. */
  readonly timeoutMs: number;
  /**
   * How long a finished handshake is watched for a server that takes it back, milliseconds; at most
   * 200 where the server has asked for no certificate, as there is little to take back then.
   */
  readonly watchMs: number;
}

/** One handshake as the client saw it. Times are milliseconds since the start. */
export interface Probe {
  /** Where the connection went; null: nowhere. */
  readonly address: { readonly ip: string; readonly port: number } | null;
  readonly connectedMs: number | null;
  /** What was said before TLS; null: nothing, or no NATS. */
  readonly greeting: NatsGreeting | null;
  readonly transcript: Transcript;
  /** When the client was through with the handshake; null: it never was. */
  readonly secureMs: number | null;
  /** What became of the server's certificate; null: the handshake did not come to its end. */
  readonly verification: ServerVerification | null;
  readonly ending: ProbeEnding;
}

export interface ServerVerification {
  /** OpenSSL's code, such as `CERT_HAS_EXPIRED`; null: a path leads to a trust anchor. */
  readonly chainError: string | null;
  /** Why the name is not the certificate's; null: it is. */
  readonly nameError: string | null;
}

export type ProbeEnding =
  /** The connection was still open when it had been watched long enough. */
  | { readonly kind: 'open' }
  | { readonly kind: 'closed'; readonly atMs: number; readonly reset: boolean }
  | { readonly kind: 'timeout'; readonly stage: 'connect' | 'greeting' | 'handshake' }
  | { readonly kind: 'unreachable'; readonly code: string }
  /** What came before TLS was not what was agreed. */
  | { readonly kind: 'no-tls'; readonly detail: string }
  /** TLS failed: an alert of the server's, which the transcript has, or this side gave up. */
  | { readonly kind: 'tls-error'; readonly atMs: number; readonly code: string };

/**
 * Performs one handshake as a client and tells everything about it. The server's certificate is
 * verified, but the handshake goes on whatever comes of that: a client meant for use has to refuse by
 * `verification`. Nothing is sent on the finished connection. Resolves always.
 */
export function probeHandshake(options: ProbeOptions): Promise<Probe> {
  return new Promise((resolve) => new ProbeRun(options, resolve).start());
}

/** An end of the connection is taken for what it is once TLS has seen the bytes before it. */
const SETTLE_MS = 20;
const BRIEF_WATCH_MS = 200;

class ProbeRun {
  readonly #options: ProbeOptions;
  readonly #resolve: (probe: Probe) => void;
  readonly #startedAt = performance.now();
  readonly #keyLog: Buffer[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #raw: Socket | null = null;
  #tap: TappedSocket | null = null;
  #address: Probe['address'] = null;
  #connectedMs: number | null = null;
  #greeting: NatsGreeting | null = null;
  #secureMs: number | null = null;
  #verification: ServerVerification | null = null;
  #done = false;

  constructor(options: ProbeOptions, resolve: (probe: Probe) => void) {
    this.#options = options;
    this.#resolve = resolve;
  }

  start(): void {
    const { host, port, timeoutMs } = this.#options;
    const raw = connectPlain({ host, port, noDelay: true });
    this.#raw = raw;
    this.#after(timeoutMs, () => {
      if (this.#secureMs === null) this.#finish({ kind: 'timeout', stage: this.#stage() });
    });
    raw.once('connect', () => void this.#connected(raw));
    raw.on('error', (error: NodeJS.ErrnoException) => this.#socketError(error));
    raw.on('end', () => this.#closed(false));
    raw.on('close', () => this.#closed(false));
  }

  #stage(): 'connect' | 'greeting' | 'handshake' {
    if (this.#connectedMs === null) return 'connect';
    return this.#tap === null ? 'greeting' : 'handshake';
  }

  async #connected(raw: Socket): Promise<void> {
    this.#connectedMs = this.#now();
    this.#address = { ip: raw.remoteAddress ?? '', port: raw.remotePort ?? 0 };
    if (this.#options.startTls === 'nats') {
      const result = await awaitNatsGreeting(raw);
      if (result.kind === 'no-tls') this.#finish(result);
      if (result.kind !== 'greeting') return;
      this.#greeting = result.greeting;
    }
    if (!this.#done) this.#startTls(raw);
  }

  #startTls(raw: Socket): void {
    const { context, serverName, alpn } = this.#options;
    const tap = new TappedSocket(raw, () => this.#now());
    this.#tap = tap;
    const socket = connectTls({
      socket: tap,
      secureContext: context,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      ...(alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
    });
    socket.on('keylog', (line: Buffer) => this.#keyLog.push(Buffer.from(line)));
    socket.on('secureConnect', () => this.#secure(socket));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#tlsError(error));
  }

  #secure(socket: TLSSocket): void {
    this.#secureMs = this.#now();
    this.#verification = {
      chainError: socket.authorized ? null : String(socket.authorizationError),
      nameError:
        checkServerIdentity(this.#options.serverName, socket.getPeerCertificate())?.message ?? null,
    };
    // Only what is read brings tickets, alerts and the end.
    socket.resume();
    const { watchMs } = this.#options;
    const watched = this.#askedForCertificate() ? watchMs : Math.min(watchMs, BRIEF_WATCH_MS);
    this.#after(watched, () => this.#finish({ kind: 'open' }));
  }

  #transcript(): Transcript {
    return readTranscript(this.#tap?.segments ?? [], readKeyLog(this.#keyLog));
  }

  #askedForCertificate(): boolean {
    return this.#transcript().entries.some(({ message }) => message.kind === 'certificate-request');
  }

  #tlsError(error: NodeJS.ErrnoException): void {
    if (error.code?.startsWith('ERR_') !== true) return;
    this.#finish({ kind: 'tls-error', atMs: this.#now(), code: error.code });
  }

  #socketError(error: NodeJS.ErrnoException): void {
    if (this.#connectedMs === null) {
      this.#finish({ kind: 'unreachable', code: error.code ?? error.message });
    } else {
      this.#closed(error.code === 'ECONNRESET' || error.code === 'EPIPE');
    }
  }

  #closed(reset: boolean): void {
    const atMs = this.#now();
    this.#after(SETTLE_MS, () => this.#finish({ kind: 'closed', atMs, reset }));
  }

  #finish(ending: ProbeEnding): void {
    if (this.#done) return;
    this.#done = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#raw?.destroy();
    this.#resolve({
      address: this.#address,
      connectedMs: this.#connectedMs,
      greeting: this.#greeting,
      transcript: this.#transcript(),
      secureMs: this.#secureMs,
      verification: this.#verification,
      ending,
    });
  }

  #after(ms: number, act: () => void): void {
    if (!this.#done) this.#timers.push(setTimeout(act, ms));
  }

  #now(): number {
    return performance.now() - this.#startedAt;
  }
}
