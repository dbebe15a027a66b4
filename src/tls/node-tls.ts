// Everything here rests on how node's TLS behaves rather than on what its documentation promises.
// node-tls.test.ts holds one test for each such fact.
import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';

/** Who waits for a handshake. Exactly one of these is called, once. */
export interface HandshakeWaiter {
  /** The handshake is complete; nothing the client sent after it has been delivered. */
  handshakeDone(socket: ServerSocket): void;
  /**
   * It failed or the client went away. Where the failure has an answer (an alert was written) the
   * socket has been let go and `answered` holds the plain connection, for `closeGently`.
   */
  handshakeFailed(error: NodeJS.ErrnoException | null, answered: Socket | null): void;
}

/** What a server side is made with; one object serves every connection of a context. */
export interface ServerSocketOptions extends tls.TLSSocketOptions {
  readonly isServer: true;
  readonly secureContext: tls.SecureContext;
  readonly requestCert: boolean;
  /** Refuses a client without a certificate by alert: 116 on TLS 1.3, 40 on 1.2. */
  readonly rejectUnauthorized: boolean;
}

/** A session that OpenSSL has made for a client during the handshake. */
export interface FreshSession {
  /** A latin1 string. */
  readonly id: string;
  readonly data: Buffer;
}

/**
 * Stands where node expects a socket's `tls.Server`, for the one thing that only a server is told:
 * the sessions that OpenSSL makes where tickets are off. Give it as `server` to one socket. On TLS 1.3
 * the sessions come after the handshake is done, on 1.2 before; either way they wait for `release`.
 */
export class SessionCollector {
  #waiting: FreshSession[] = [];
  #take: ((session: FreshSession) => void) | null = null;

  /** Hands over what has come and what is still to come. Without this nothing leaves. */
  release(take: (session: FreshSession) => void): void {
    this.#take = take;
    for (const session of this.#waiting) take(session);
    this.#waiting = [];
  }

  listenerCount(event: string): number {
    return event === 'newSession' ? 1 : 0;
  }

  emit(event: string, id: Buffer, data: Buffer, done: () => void): boolean {
    if (event !== 'newSession') return false;
    const session = { id: id.toString('latin1'), data };
    if (this.#take !== null) this.#take(session);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(session);
    done();
    return true;
  }
}

const MAX_WAITING = 4;

/**
 * The longest ClientHello for which sessions are collected, bytes as sent: node reads the hello once
 * more where somebody listens for sessions, and waits for ever on one larger than its first buffer.
 */
export const MAX_COLLECTING_HELLO = 16_000;

/** Seals and opens session tickets: AES-128 in CBC mode, HMAC-SHA256. */
export interface TicketKey {
  /** 16 bytes that stand in the clear before each ticket. */
  readonly name: Buffer;
  /** 16 bytes. */
  readonly aes: Buffer;
  readonly hmac: Buffer;
}

/** Asked by OpenSSL for the key of each ticket. Must not throw. */
export interface TicketKeys {
  /** Null: no ticket is given out. */
  sealing(): TicketKey | null;
  /** Null: the ticket isn't opened, and the handshake is a full one. */
  opening(name: Buffer, iv: Buffer): TicketKey | null;
}

/**
 * Lets `keys` decide on the tickets of a context. Unlike with the keys that node takes for a context,
 * there may be several, and a client that resumes by TLS 1.3 is given its next ticket.
 */
export function decideTickets(context: tls.SecureContext, keys: TicketKeys): void {
  const native = context.context as NativeContext;
  native.enableTicketKeyCallback();
  native.onticketkeycallback = (name, iv, isSealing) => {
    const key = isSealing ? keys.sealing() : keys.opening(name, iv);
    if (key === null) return NO_TICKET;
    if (!isSealing) return [OPENED_AND_RENEWED, key.hmac, key.aes];
    return [SEALED, key.hmac, key.aes, key.name, randomBytes(16)];
  };
}

interface NativeContext {
  enableTicketKeyCallback(): void;
  onticketkeycallback: (name: Buffer, iv: Buffer, isSealing: boolean) => readonly unknown[];
}

const SEALED = 1;
const OPENED_AND_RENEWED = 2;
const NOTHING = Buffer.alloc(16);
const NO_TICKET = [0, NOTHING, NOTHING, NOTHING, NOTHING];

/**
 * The server side of TLS on a connection whose first bytes were read already and put back with
 * `unshift`. Before `handshakeDone` it is its waiter's; afterwards an ordinary TLSSocket that is
 * destroyed on a TLS error.
 */
export class ServerSocket extends tls.TLSSocket {
  #waiter: HandshakeWaiter | null;
  #hasLeftOver = false;
  readonly #raw: Socket;

  /** `collector`: where sessions are to be collected; null: tickets, or none. */
  constructor(
    raw: Socket,
    options: ServerSocketOptions,
    waiter: HandshakeWaiter,
    collector: SessionCollector | null = null,
  ) {
    super(raw, collector === null ? options : withServer(options, collector));
    this.#raw = raw;
    this.#waiter = waiter;
    this.on('secure', onSecure);
    this.on('_tlsError', onTlsError);
  }

  /** Offers OpenSSL a stored session to resume, if the client asks for one. Before any byte is read. */
  offerSession(data: Buffer): void {
    (this as unknown as Internals)._handle?.loadSession(data);
  }

  /** Takes the handshake from its waiter; null where that has happened. */
  takeWaiter(): HandshakeWaiter | null {
    const waiter = this.#waiter;
    this.#waiter = null;
    return waiter;
  }

  /** Ends the handshake without telling its waiter. */
  abandon(): void {
    this.#waiter = null;
    super.destroy();
  }

  /**
   * Whether an error is what is left of a verdict. Where OpenSSL finds a client's certificate wrongly
   * signed it goes on, as it is told to, but the error stays in its queue; when it then has to wait for
   * more bytes node takes it for the handshake's. It is passed over once: were it the handshake's after
   * all, then that never completes.
   */
  #isLeftOver(): boolean {
    if (this.#hasLeftOver || this.getPeerX509Certificate() === undefined) return false;
    this.#hasLeftOver = TOLD_TWICE.has(readVerifyError(this) ?? '');
    // After its first error node tells of no other.
    if (this.#hasLeftOver) (this as unknown as { _hadError: boolean })._hadError = false;
    return this.#hasLeftOver;
  }

  /**
   * Node destroys a socket whose handshake fails as soon as it has written the alert. The reset that
   * follows when the client's bytes are still unread would lose the alert, so the plain connection is
   * kept and handed to the waiter instead.
   */
  override destroy(error?: Error): this {
    if (!(#waiter in this) || this.#waiter === null) return super.destroy(error);
    if (isTlsError(error) && this.#isLeftOver()) return this;
    const waiter = this.#waiter;
    this.#waiter = null;
    if (!isTlsError(error)) {
      super.destroy();
      waiter.handshakeFailed(error ?? null, null);
      return this;
    }
    // The error is reported from OpenSSL's stack, on which its objects can't be freed.
    setImmediate(() => {
      if (this.#raw.destroyed) return waiter.handshakeFailed(error, null);
      (this as unknown as Internals)._handle?.destroySSL();
      waiter.handshakeFailed(error, this.#raw);
    });
    return this;
  }
}

/** OpenSSL's verdicts that come with an error of their own. */
const TOLD_TWICE: ReadonlySet<string> = new Set([
  'CERT_SIGNATURE_FAILURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
]);

/** What a completed handshake agreed on. */
export interface Negotiated {
  /** `TLSv1.3` and the like. */
  readonly version: string;
  /** The cipher suite as the IANA registry names it. */
  readonly cipher: string;
  readonly alpn: string | null;
  readonly resumed: boolean;
}

export function readNegotiated(socket: ServerSocket): Negotiated {
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : null,
    resumed: socket.isSessionReused(),
  };
}

/** OpenSSL's code for what is wrong with the peer's certificate; null: nothing, or there is none. */
export function readVerifyError(socket: tls.TLSSocket): string | null {
  const error = (socket as unknown as Internals)._handle?.verifyError();
  if (error === null || error === undefined) return null;
  return error.code ?? 'UNSPECIFIED';
}

/**
 * The peer's certificates, DER, in the order they were sent, leaf first; empty where it has none.
 * On a resumed session there is the leaf alone. To be called once a connection: some versions of node
 * have the others only the first time.
 */
export function readPeerChain(socket: tls.TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  let certificate = socket.getPeerX509Certificate();
  while (certificate !== undefined && chain.length < MAX_CHAIN) {
    chain.push(certificate.raw);
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

const MAX_CHAIN = 32;

/**
 * Bytes of a connection, TLS or plain, that the kernel has taken so far, and those that still wait for
 * it: what tells a client that reads slowly from one that has stopped.
 */
export function kernelProgress(socket: Duplex): {
  readonly taken: number;
  readonly waiting: number;
} {
  const { _parent: parent, _handle: own } = socket as unknown as Wrapping;
  const handle = parent?._handle ?? own;
  if (handle?.writeQueueSize === undefined) return NO_PROGRESS;
  const { bytesWritten, writeQueueSize } = handle;
  return { taken: bytesWritten - writeQueueSize, waiting: writeQueueSize };
}

const NO_PROGRESS = { taken: 0, waiting: 0 };

/**
 * Whether what is written to a connection now is taken before `write` returns, so that its memory may be
 * used again: OpenSSL encrypts it, or keeps a copy where it can't yet. Not where the connection is plain,
 * corked, or has other writes waiting.
 */
export function takesAtOnce(socket: Duplex): boolean {
  return (
    socket instanceof tls.TLSSocket && socket.writableLength === 0 && socket.writableCorked === 0
  );
}

/** A socket, or one that stands on another. */
interface Wrapping {
  readonly _parent?: Wrapping | null;
  readonly _handle?: {
    readonly bytesWritten: number;
    readonly writeQueueSize: number;
    readonly useUserBuffer?: (memory: Buffer) => void;
  } | null;
}

/** Takes what a socket receives, instead of its 'data' events. */
export interface MemoryReader {
  /** `size` bytes stand at the start of the memory that was given last. Gives the memory for what is next. */
  received(size: number): Buffer;
}

/**
 * Lets a connected socket, TLS or plain, read into memory of its reader's choice; node itself makes a
 * new buffer of 16 KiB (TLS) or 64 KiB (plain) for each read, which is most of what a busy connection
 * costs. From then on there are no 'data' events; `pause`, `resume`, 'end' and the rest stay. What has
 * been read before and not been taken is taken by `read` first. `memory` must not be empty, and nobody
 * else may use it until other memory was given. False, and nothing has changed: this node can't.
 */
export function readInto(socket: Socket, memory: Buffer, reader: MemoryReader): boolean {
  const handle = (socket as unknown as Wrapping)._handle;
  if (handle?.useUserBuffer === undefined || READ_SLOTS === null) return false;
  let next = memory;
  let given = memory;
  const slots = socket as unknown as Record<symbol, unknown>;
  slots[READ_SLOTS.memory] = memory;
  slots[READ_SLOTS.received] = (size: number): void => {
    next = reader.received(size);
  };
  slots[READ_SLOTS.next] = (): Buffer | undefined => {
    if (next === given) return undefined;
    given = next;
    return next;
  };
  handle.useUserBuffer(memory);
  return true;
}

/** Where node keeps what the option `onread` of a socket says; that option is ignored where TLS is on another socket. */
const READ_SLOTS = findReadSlots();

function findReadSlots() {
  const symbols = Object.getOwnPropertySymbols(new Socket());
  const find = (name: string): symbol | undefined =>
    symbols.find(({ description }) => description === name);
  const [memory, received, next] = [find('kBuffer'), find('kBufferCb'), find('kBufferGen')];
  if (memory === undefined || received === undefined || next === undefined) return null;
  return { memory, received, next };
}

/** The parts of a TLSSocket that node's types leave out. */
interface Internals {
  readonly _handle: {
    loadSession(data: Buffer): void;
    destroySSL(): void;
    verifyError(): NodeJS.ErrnoException | null;
  } | null;
}

function withServer(
  options: ServerSocketOptions,
  collector: SessionCollector,
): ServerSocketOptions {
  return { ...options, server: collector as unknown as tls.Server };
}

function onSecure(this: ServerSocket): void {
  this.off('secure', onSecure);
  // Node's own servers clear it; node:http2 waits for a second `secure` while it is set.
  (this as unknown as { secureConnecting: boolean }).secureConnecting = false;
  this.takeWaiter()?.handshakeDone(this);
}

/** After the handshake a TLS error comes only by this event, and leaves the socket open. */
function onTlsError(this: ServerSocket): void {
  this.destroy();
}

function isTlsError(error: NodeJS.ErrnoException | undefined): error is NodeJS.ErrnoException {
  return error?.code?.startsWith('ERR_SSL_') === true;
}
