// Node's own handles of connections, which its sockets are made of. They are reached by `process.binding`,
// which node keeps for what is built on it; the tests of raw connections, direct sockets and handshakes
// hold what is relied on.
import type { Server, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { getSystemErrorName } from 'node:util';

/** A connection as node holds it: TCP, a unix socket, or TLS on one of them. */
export interface StreamHandle {
  /** What of ours it belongs to: both live as long as node needs the handle. */
  ours?: unknown;
  /** TLS that stands on it. */
  above?: TlsHandle;
  /** Whether node has been told to read. Kept by whoever tells it. */
  reading?: boolean;
  /** Called with the memory that bytes stand in; `readResult` says how many, or what ended them. */
  onread: (this: StreamHandle, memory?: ArrayBuffer) => void;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Bytes that wait for the kernel. */
  readonly writeQueueSize: number;
  readStart(): number;
  readStop(): number;
  /** 0: written; below 0: an error; otherwise `writeResult` says more. */
  writeBuffer(request: null, bytes: Uint8Array): number | WriteRequest;
  writeLatin1String(request: null, text: string): number | WriteRequest;
  /** Ends our side once all is written. */
  shutdown(request: object): number;
  close(closed?: () => void): void;
  getpeername?(name: { address?: string; port?: number }): number;
  setNoDelay?(on: boolean): number;
  setKeepAlive?(on: boolean, seconds: number): number;
}

/** A write that is under way. */
export interface WriteRequest {
  ours: unknown;
  handle: StreamHandle;
  oncomplete: (this: WriteRequest, status: number) => void;
  /** What is written, kept until it is. */
  buffer: unknown;
  /** Of a write that was over before `oncomplete` was set; null: it wasn't. */
  writeStatus?: number | null;
}

/** TLS on another handle. */
export interface TlsHandle extends StreamHandle {
  _parent: StreamHandle;
  onhandshakedone: (this: TlsHandle) => void;
  /** A session was made: the handshake goes on after `newSessionDone`. */
  onnewsession: (this: TlsHandle, id: Buffer, data: Buffer) => void;
  onerror: (this: TlsHandle, error: NodeJS.ErrnoException) => void;
  setVerifyMode(asks: boolean, refuses: boolean): void;
  setALPNProtocols(wire: Buffer): void;
  /** Has `onnewsession` called; the handshake waits for `clientHelloDone`. */
  enableSessionCallbacks(): void;
  clientHelloDone(): void;
  newSessionDone(): void;
  loadSession(data: Buffer): void;
  /** Takes bytes as if they had been read. */
  receive(bytes: Buffer): void;
  /** The writes are over that were under way when it was made. */
  writesIssuedByPrevListenerDone(): void;
  destroySSL(): void;
  getProtocol(): string | null;
  getCipher(): { readonly standardName: string } | undefined;
  isSessionReused(): boolean;
  getALPNNegotiatedProtocol(): string | false;
  verifyError(): NodeJS.ErrnoException | null;
  getPeerX509Certificate(): CertificateHandle | undefined;
  /** OpenSSL's session, serialised: with its secret. */
  getSession(): Buffer | undefined;
}

export interface CertificateHandle {
  raw(): Buffer;
  getIssuerCert(): CertificateHandle | undefined;
}

/** The handle of a socket; null: it is closed, or was taken away. */
export function handleOf(socket: Socket): StreamHandle | null {
  return (socket as unknown as { _handle: StreamHandle | null })._handle;
}

/**
 * Takes the handle from a socket that nothing was read from, such as one that another process handed over.
 * The socket is of no more use, and doesn't close it. Null: it is closed.
 */
export function takeHandle(socket: Socket): StreamHandle | null {
  const handle = handleOf(socket);
  if (handle === null) return null;
  handle.readStop();
  handle.reading = false;
  handle.onread = ignore;
  (socket as unknown as { _handle: StreamHandle | null })._handle = null;
  return handle;
}

/**
 * Has a server that listens hand over what it accepts as handles, without making sockets of them. They are
 * none of its connections: closing it doesn't wait for them.
 */
export function takeAccepted(server: Server, accepted: (handle: StreamHandle) => void): void {
  const listening = (server as unknown as { _handle: ListeningHandle })._handle;
  const byNode = listening.onconnection;
  listening.onconnection = function (status, handle) {
    if (status !== 0 || handle === undefined) return byNode.call(this, status, handle);
    accepted(handle);
  };
}

interface ListeningHandle {
  onconnection: (status: number, handle?: StreamHandle) => void;
}

/** The server side of TLS on a handle; `hasWrites`: that has writes under way. */
export function wrapServerSide(
  handle: StreamHandle,
  context: SecureContext,
  hasWrites: boolean,
): TlsHandle {
  const tls = bindings.wrap(handle, context.context, true, hasWrites);
  tls._parent = handle;
  // Node keeps the handle alone, and would collect what stands on it.
  handle.above = tls;
  return tls;
}

/** Within `onread`: how many bytes there are, or below 0 an error. */
export function readResult(): number {
  return bindings.state[bindings.readSlot];
}

/** Within `onread`: where in the memory the bytes stand. */
export function readOffset(): number {
  return bindings.state[bindings.offsetSlot];
}

/** The error of a write that was begun just now; 0: none. */
export function writeResult(): number {
  return bindings.state[bindings.writeErrorSlot];
}

/** What node ends a side with; nobody is told when it has. */
export function makeShutdownRequest(): object {
  return new bindings.ShutdownRequest();
}

/** The other side has ended the connection; no error. */
export const END_OF_FILE = -4095;

/** An error of the operating system, as node's sockets have it. */
export function systemError(number: number, call: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(number);
  return Object.assign(new Error(`${call} ${code}`), { code, errno: number, syscall: call });
}

interface Bindings {
  readonly wrap: (
    handle: StreamHandle,
    context: unknown,
    isServer: boolean,
    hasWrites: boolean,
  ) => TlsHandle;
  readonly ShutdownRequest: new () => object;
  readonly state: Int32Array;
  readonly readSlot: number;
  readonly offsetSlot: number;
  readonly writeErrorSlot: number;
}

const bindings = openBindings();

function openBindings(): Bindings {
  const { binding } = process as unknown as {
    binding?: (name: string) => Readonly<Record<string, unknown>>;
  };
  const stream = binding?.('stream_wrap');
  const wrap = binding?.('tls_wrap')['wrap'];
  const ShutdownRequest = stream?.['ShutdownWrap'];
  const state = stream?.['streamBaseState'];
  const slots = ['kReadBytesOrError', 'kArrayBufferOffset', 'kLastWriteErr'].map(
    (name) => stream?.[name],
  );
  if (
    typeof wrap !== 'function' ||
    typeof ShutdownRequest !== 'function' ||
    !(state instanceof Int32Array) ||
    slots.some((slot) => typeof slot !== 'number')
  ) {
    throw new Error(
      `Node ${process.version} has no handles that Countersign knows: run it with Node 26`,
    );
  }
  const [readSlot, offsetSlot, writeErrorSlot] = slots as [number, number, number];
  return {
    wrap: wrap as Bindings['wrap'],
    ShutdownRequest: ShutdownRequest as Bindings['ShutdownRequest'],
    state,
    readSlot,
    offsetSlot,
    writeErrorSlot,
  };
}

function ignore(): void {}
