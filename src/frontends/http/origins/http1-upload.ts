import type { Slab } from '../../slab.ts';
import type { BodyReceiver, RequestBody } from '../exchange.ts';
import { chunkHead, lastChunk } from '../wire/chunked.ts';
import type { Http1Connection } from './http1-connection.ts';

/** Bytes that are written without waiting for more. */
const ENOUGH = 128 * 1024;

/**
 * Carries one request's body to the upstream and frames it. Bound to its request: once the
 * connection has moved on, what still comes is dropped. What is read into a slab comes a TLS record at a
 * time, and a system call for each costs more than decrypting it: it is gathered until this turn of the
 * event loop ends, and goes out in one write, and one chunk.
 */
export class Http1Upload implements BodyReceiver {
  #connection: Http1Connection | null;
  #isChunked: boolean;
  #left: number;
  /** What was gathered, and where it stands; null: nothing. */
  #slab: Slab | null = null;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isScheduled = false;

  constructor(connection: Http1Connection, body: RequestBody) {
    this.#connection = connection;
    this.#isChunked = body.kind === 'stream';
    this.#left = body.kind === 'length' ? body.length : 0;
  }

  data(bytes: Buffer): boolean {
    const connection = this.#connection;
    if (connection === null || bytes.length === 0 || !this.#isDue(connection, bytes)) return true;
    this.flush();
    if (this.#isChunked) return connection.sendChunk(chunkHead(bytes.length), [bytes], null);
    return connection.sendBody([bytes], null);
  }

  dataInSlab(bytes: Buffer, slab: Slab): boolean {
    const connection = this.#connection;
    if (connection === null || bytes.length === 0 || !this.#isDue(connection, bytes)) return true;
    if (slab !== this.#slab) {
      this.flush();
      this.#slab = slab;
      slab.beginWrite();
    }
    this.#gather(bytes);
    if (this.#bytes >= ENOUGH) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(flushScheduled, this);
    }
    return !connection.isStalled;
  }

  end(trailers: string): void {
    const connection = this.#connection;
    if (connection === null) return;
    this.flush();
    this.#connection = null;
    // A body of another length than announced would end inside the next request.
    if (this.#left !== 0) connection.breakOff();
    else connection.endBody(this.#isChunked ? lastChunk(trailers) : '');
  }

  abort(): void {
    const connection = this.#connection;
    this.detach();
    connection?.abandon();
  }

  /** The request is over, answered or not. */
  detach(): void {
    this.#connection = null;
    this.flush();
  }

  /** Writes what was gathered, or drops it where the request is over. */
  flush(): void {
    this.#isScheduled = false;
    const slab = this.#slab;
    if (slab === null) return;
    const connection = this.#connection;
    const pieces = this.#pieces;
    const bytes = this.#bytes;
    this.#slab = null;
    this.#pieces = [];
    this.#bytes = 0;
    if (connection === null) slab.written();
    else if (this.#isChunked) connection.sendChunk(chunkHead(bytes), pieces, slab.written);
    else connection.sendBody(pieces, slab.written);
  }

  /** Whether the bytes belong to what was announced; the request is broken off where they don't. */
  #isDue(connection: Http1Connection, bytes: Buffer): boolean {
    if (this.#isChunked) return true;
    this.#left -= bytes.length;
    if (this.#left >= 0) return true;
    connection.breakOff();
    return false;
  }

  /** Pieces that lie side by side become one. */
  #gather(piece: Buffer): void {
    const pieces = this.#pieces;
    const last = pieces.at(-1);
    this.#bytes += piece.length;
    if (last !== undefined && last.byteOffset + last.length === piece.byteOffset) {
      const length = last.length + piece.length;
      pieces[pieces.length - 1] = Buffer.from(last.buffer, last.byteOffset, length);
    } else {
      pieces.push(piece);
    }
  }
}

function flushScheduled(upload: Http1Upload): void {
  upload.flush();
}
