import type { Socket, SocketConstructorOpts } from 'node:net';
import { DirectSocket } from './direct-socket.ts';
import {
  END_OF_FILE,
  readOffset,
  readResult,
  type StreamHandle,
  systemError,
  takeHandle,
  writeResult,
  type WriteRequest,
} from './node-handles.ts';

/** Takes what a connection receives before it has become a socket. */
export interface RawReader {
  /** `bytes` are the reader's. */
  received(bytes: Buffer): void;
  /** Nothing more will come; null: the other side has ended it. The connection isn't closed yet. */
  ended(error: NodeJS.ErrnoException | null): void;
}

/**
 * A connection from accept to close. It begins as node's bare handle: a socket with its streams is made
 * only when somebody needs one, which a client that fails its handshake never does. Nothing is read before
 * `read` or `toSocket`.
 */
export class RawConnection {
  /** Absent: it has none, as on a unix socket. */
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly handle: StreamHandle;
  #reader: RawReader | null = null;
  #socket: DirectSocket | null = null;
  #isClosed = false;
  #writes = 0;
  #onWritten: (() => void) | null = null;
  #watchers: readonly (() => void)[] = [];
  #bytesRead = 0;
  #bytesWritten = 0;

  /** `handle` is this connection's from now on. */
  constructor(handle: StreamHandle) {
    const name: { address?: string; port?: number } = {};
    handle.getpeername?.(name);
    this.remoteAddress = name.address;
    this.remotePort = name.port;
    this.handle = handle;
    handle.ours = this;
  }

  /** Of a socket that nothing was read from, and that is of no more use then. Null: it is closed. */
  static of(socket: Socket): RawConnection | null {
    const handle = takeHandle(socket);
    return handle === null ? null : new RawConnection(handle);
  }

  /** Whether it is closed, or about to be. */
  get isClosed(): boolean {
    return this.#isClosed || this.#socket?.destroyed === true;
  }

  /** Bytes off the wire, TLS included. */
  get bytesRead(): number {
    return this.#isClosed ? this.#bytesRead : this.handle.bytesRead;
  }

  get bytesWritten(): number {
    return this.#isClosed ? this.#bytesWritten : this.handle.bytesWritten;
  }

  /** Has `closed` called once, when the connection is gone. */
  watch(closed: () => void): void {
    // Mostly there is one: an empty array that is pushed to makes room for seventeen.
    this.#watchers = [...this.#watchers, closed];
  }

  unwatch(closed: () => void): void {
    this.#watchers = this.#watchers.filter((watcher) => watcher !== closed);
  }

  /** Has the reader take what comes, until `stopReading`. */
  read(reader: RawReader): void {
    const { handle } = this;
    this.#reader = reader;
    handle.onread = onRead;
    handle.reading = true;
    const error = handle.readStart();
    if (error !== 0) process.nextTick(failToRead, this, reader, error);
  }

  stopReading(): void {
    this.#reader = null;
    this.handle.reading = false;
    if (!this.#isClosed) this.handle.readStop();
  }

  /** Writes some bytes before anything else is made of the connection; errors show when it is read. */
  write(bytes: Buffer): void {
    if (this.isClosed) return;
    const result = this.handle.writeBuffer(null, bytes);
    if (typeof result === 'number' || writeResult() !== 0) return;
    result.buffer = bytes;
    result.handle = this.handle;
    result.oncomplete = onWritten;
    this.#writes++;
    if (result.writeStatus !== null && result.writeStatus !== undefined) this.written();
  }

  /** Writes are under way; `onWritten` is called when they are over. */
  hasWrites(over: () => void): boolean {
    if (this.#writes === 0) return false;
    this.#onWritten = over;
    return true;
  }

  /** Called by node. */
  written(): void {
    this.#writes--;
    if (this.#writes > 0) return;
    const over = this.#onWritten;
    this.#onWritten = null;
    over?.();
  }

  /** A socket of it, with everything still to come; it isn't read before somebody wants it. */
  toSocket(): Socket {
    this.stopReading();
    const socket = new DirectSocket(onHandle(this.handle));
    this.lendTo(socket);
    return socket;
  }

  /** From now on the connection lives and ends with that socket, which was made on its handle. */
  lendTo(socket: DirectSocket): void {
    this.#reader = null;
    this.#socket = socket;
    socket.connection = this;
    // 'close' comes once anyway; `once` would make objects to remember that.
    socket.on('close', () => this.gone());
  }

  /** Closes it, without waiting for anything; `closed` is called before those who watch. */
  destroy(closed?: () => void): void {
    if (this.#isClosed) return;
    if (this.#socket !== null) {
      this.#socket.destroy();
      return;
    }
    this.settle();
    this.handle.onread = ignore;
    this.handle.close(() => {
      closed?.();
      this.gone();
    });
  }

  /** The handle is about to be closed: what it has counted is kept. */
  settle(): void {
    if (this.#isClosed) return;
    this.#bytesRead = this.handle.bytesRead;
    this.#bytesWritten = this.handle.bytesWritten;
    this.#isClosed = true;
  }

  /** Called when the handle is closed. */
  gone(): void {
    this.settle();
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
    this.#socket?.letGo();
  }

  /** Called by node when something was read, or nothing more will be. */
  hasRead(memory: ArrayBuffer | undefined): void {
    const size = readResult();
    const reader = this.#reader;
    if (reader === null || size === 0) return;
    if (size > 0 && memory !== undefined) {
      reader.received(Buffer.from(memory, readOffset(), size));
    } else {
      this.stopReading();
      reader.ended(size === END_OF_FILE ? null : systemError(size, 'read'));
    }
  }
}

/** What a socket on a handle is made with: it reads when somebody asks it to. */
export function onHandle(handle: StreamHandle): SocketConstructorOpts {
  return { handle, manualStart: true } as unknown as SocketConstructorOpts;
}

function onRead(this: StreamHandle, memory?: ArrayBuffer): void {
  (this.ours as RawConnection).hasRead(memory);
}

function onWritten(this: WriteRequest): void {
  (this.handle.ours as RawConnection).written();
}

function failToRead(connection: RawConnection, reader: RawReader, error: number): void {
  if (!connection.isClosed) reader.ended(systemError(error, 'read'));
}

function ignore(): void {}
