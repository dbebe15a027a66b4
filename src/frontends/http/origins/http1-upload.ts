import type { BodyReceiver, RequestBody } from '../exchange.ts';
import { chunkHead, lastChunk } from '../wire/chunked.ts';
import type { Http1Connection } from './http1-connection.ts';

/**
 * Carries one request's body to the upstream and frames it. Bound to its request: once the
 * connection has moved on, what still comes is dropped.
 */
export class Http1Upload implements BodyReceiver {
  #connection: Http1Connection | null;
  #isChunked: boolean;
  #left: number;

  constructor(connection: Http1Connection, body: RequestBody) {
    this.#connection = connection;
    this.#isChunked = body.kind === 'stream';
    this.#left = body.kind === 'length' ? body.length : 0;
  }

  data(bytes: Buffer): boolean {
    const connection = this.#connection;
    if (connection === null || bytes.length === 0) return true;
    if (this.#isChunked) return connection.sendChunk(chunkHead(bytes.length), bytes);
    this.#left -= bytes.length;
    if (this.#left >= 0) return connection.sendBody(bytes);
    connection.breakOff();
    return true;
  }

  end(trailers: string): void {
    const connection = this.#connection;
    this.#connection = null;
    if (connection === null) return;
    // A body of another length than announced would end inside the next request.
    if (this.#left !== 0) connection.breakOff();
    else connection.endBody(this.#isChunked ? lastChunk(trailers) : '');
  }

  abort(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.abandon();
  }

  /** The request is over, answered or not. */
  detach(): void {
    this.#connection = null;
  }
}
