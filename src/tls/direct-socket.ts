import { Duplex } from 'node:stream';
import { type NetConnectOpts, Socket } from 'node:net';
import type { RawConnection } from './raw-connection.ts';
import {
  handleOf,
  makeShutdownRequest,
  type StreamHandle,
  systemError,
  type WriteRequest,
  writeResult,
} from './node-handles.ts';

type WriteCallback = (error?: Error | null) => void;

/**
 * A socket whose writes go straight to its handle while nothing else waits to be written: node's streams
 * cost more than the system call. One write is under way at a time, as TLS asks for; what comes meanwhile
 * goes the way of all sockets, and behind it. Node says of a write over TLS in a turn of its own that it is over:
 * it is asked to only where somebody waits for that, otherwise it is looked up. Otherwise it is a socket
 * like any other.
 */
export class DirectSocket extends Socket {
  /** Whose handle it has; null: its own. */
  connection: RawConnection | null = null;
  /** The direct write that was under way when it was looked last, and its bytes. */
  #request: WriteRequest | null = null;
  #bytes = 0;
  #needsDrain = false;
  /** What the stream wants to do as soon as that write is over. */
  #afterwards: (() => void) | null = null;

  /** One that begins to connect. */
  static to(options: NetConnectOpts): DirectSocket {
    const socket = new DirectSocket(options);
    socket.connect(options);
    // Node has given it the `write` of all sockets.
    Reflect.set(socket, 'write', Reflect.get(DirectSocket.prototype, 'write'));
    return socket;
  }

  /** Bytes under way that the stream itself knows nothing of. */
  get directBytes(): number {
    return this.#lookUp() === null ? 0 : this.#bytes;
  }

  get needsDirectDrain(): boolean {
    return this.#needsDrain;
  }

  override write(
    chunk: Uint8Array | string,
    encoding?: BufferEncoding | WriteCallback,
    written?: WriteCallback,
  ): boolean {
    const handle = handleOf(this);
    const isText = typeof chunk === 'string';
    const isDirect =
      handle !== null &&
      typeof encoding !== 'function' &&
      written === undefined &&
      (!isText || encoding === 'latin1') &&
      chunk.length > 0 &&
      this.writableLength === 0 &&
      this.writableCorked === 0 &&
      this.writable &&
      !this.connecting;
    if (!isDirect) {
      const hasRoom = super.write(chunk, encoding as BufferEncoding, written);
      // The stream may have room where both together are too much: whoever looks at their sum waits for 'drain'.
      const request = this.#lookUp();
      if (request === null || this.writableLength < this.writableHighWaterMark) return hasRoom;
      this.#needsDrain = true;
      this.#listen(request);
      return false;
    }
    const result = isText ? handle.writeLatin1String(null, chunk) : handle.writeBuffer(null, chunk);
    if (result === 0) return true;
    if (typeof result === 'number') return this.#failed(result);
    return this.#await(handle, result, chunk);
  }

  /** The write goes on by itself: the memory of `chunk` is kept until it is over. */
  #await(handle: StreamHandle, request: WriteRequest, chunk: Uint8Array | string): boolean {
    const error = writeResult();
    if (error !== 0) return this.#failed(error);
    request.handle = handle;
    request.buffer = chunk;
    this.#request = request;
    this.#bytes = chunk.length;
    if (chunk.length < this.writableHighWaterMark || this.#lookUp() === null) return true;
    this.#needsDrain = true;
    this.#listen(request);
    return false;
  }

  /** The direct write that is under way now. */
  #lookUp(): WriteRequest | null {
    const request = this.#request;
    if (request === null) return null;
    const { writeStatus } = request;
    if (writeStatus === null || writeStatus === undefined) return request;
    this.completed(request, writeStatus);
    return null;
  }

  /** Has node say when it is over. */
  #listen(request: WriteRequest): void {
    request.ours = this;
    request.oncomplete = onComplete;
  }

  /** Does that as soon as the write is over. */
  #putOff(request: WriteRequest, afterwards: () => void): void {
    this.#afterwards = afterwards;
    this.#listen(request);
  }

  /** Called by node with what was read: who waits for it gets it without the stream's book-keeping. */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    const isAwaited =
      chunk !== null &&
      this.readableFlowing === true &&
      this.readableLength === 0 &&
      this.readableEncoding === null &&
      this.listenerCount('data') > 0;
    if (!isAwaited) return super.push(chunk, encoding);
    this.emit('data', chunk);
    return true;
  }

  /**
   * Ends our side and closes the connection in one go, where the other side has ended and everything is
   * written. False: there is something to wait for, and nothing was done.
   */
  endAtOnce(): boolean {
    const handle = handleOf(this);
    if (handle === null || !this.readableEnded || this.writableLength > 0 || !this.writable)
      return false;
    // TLS says goodbye in it; closing does the rest.
    handle.shutdown(makeShutdownRequest());
    this.destroy();
    return true;
  }

  #failed(error: number): boolean {
    this.destroy(systemError(error, 'write'));
    return false;
  }

  /** The write is over: called by node where it was asked to. */
  completed(request: WriteRequest, status: number): void {
    if (this.#request !== request) return;
    this.#request = null;
    this.#bytes = 0;
    const afterwards = this.#afterwards;
    const needsDrain = this.#needsDrain;
    this.#afterwards = null;
    this.#needsDrain = false;
    if (status < 0) this.destroy(systemError(status, 'write'));
    // On a connection that is closed it fails, and whoever waits for it is told.
    afterwards?.();
    if (needsDrain && !this.destroyed && !this.writableNeedDrain) this.emit('drain');
  }

  /**
   * Parts with everybody, once it is closed and while they are told: node's streams are kept in memory until
   * V8 collects the whole heap (decision 074), and all that they lead to with them.
   */
  letGo(): void {
    this.connection = null;
    this.removeAllListeners();
    // Nothing is expected; were there an error, nobody listening to it would end the process.
    this.on('error', ignore);
  }

  override _destroy(error: Error | null, destroyed: WriteCallback): void {
    this.connection?.settle();
    super._destroy(error, destroyed);
  }

  override _write(chunk: unknown, encoding: BufferEncoding, written: WriteCallback): void {
    const request = this.#lookUp();
    if (request === null) return super._write(chunk, encoding, written);
    this.#putOff(request, () => super._write(chunk, encoding, written));
  }

  override _writev(
    chunks: { chunk: unknown; encoding: BufferEncoding }[],
    written: WriteCallback,
  ): void {
    const request = this.#lookUp();
    if (request === null) return super._writev?.(chunks, written);
    this.#putOff(request, () => super._writev?.(chunks, written));
  }

  override _final(ended: WriteCallback): void {
    const request = this.#lookUp();
    if (request === null) return super._final(ended);
    this.#putOff(request, () => super._final(ended));
  }
}

function ignore(): void {}

function onComplete(this: WriteRequest, status: number): void {
  (this.ours as DirectSocket).completed(this, status);
}

// What node has as accessors TypeScript takes for fields, which a class can't override.
const ofStream = Object.getOwnPropertyDescriptors(Duplex.prototype);
Object.defineProperties(DirectSocket.prototype, {
  writableLength: {
    get(this: DirectSocket): number {
      return Number(ofStream.writableLength.get?.call(this)) + this.directBytes;
    },
  },
  writableNeedDrain: {
    get(this: DirectSocket): boolean {
      return this.needsDirectDrain || ofStream.writableNeedDrain.get?.call(this) === true;
    },
  },
});
