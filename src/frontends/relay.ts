import type { Socket } from 'node:net';
import { closeGently } from '../tls/linger.ts';
import { BatchedWriter } from './batched-writer.ts';
import { Interjections } from './interjections.ts';
import { RelayReader } from './relay-reader.ts';

/** Has what was read of each side, and adds what passes of it to the writer of the other. */
export interface RelayTaker {
  /** `chunk` is valid until this returns. */
  fromClient(chunk: Buffer): void;
  /** The same. */
  fromUpstream(chunk: Buffer): void;
}

/** A client and the upstream connection that is its own: bytes both ways, each side as fast as the other takes them. */
export class Relay {
  readonly toClient: BatchedWriter;
  readonly toUpstream: BatchedWriter;
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #fromClient: RelayReader;
  readonly #fromUpstream: RelayReader;
  readonly #forClient = new Interjections();
  /** The client has to read what is ours before it is read from again. */
  #isOwed = false;

  /** Nothing is read before `begin`. */
  constructor(client: Socket, upstream: Socket, taker: RelayTaker) {
    this.#client = client;
    this.#upstream = upstream;
    this.toClient = new BatchedWriter(client, () => upstream.pause());
    this.toUpstream = new BatchedWriter(upstream, () => client.pause());
    this.#fromClient = new RelayReader(client, this.toUpstream, (chunk) => taker.fromClient(chunk));
    this.#fromUpstream = new RelayReader(upstream, this.toClient, (chunk) =>
      taker.fromUpstream(chunk),
    );
  }

  begin(): void {
    this.#client.on('drain', this.#onClientDrain);
    this.#upstream.on('drain', this.#onUpstreamDrain);
    this.#fromUpstream.begin();
    this.#fromClient.begin();
    this.#upstream.resume();
    this.#client.resume();
  }

  /**
   * Says something of our own to the client: at once where it `isBetween` messages, else when
   * `tellWaiting` is called. A client that does not read it is not read from.
   */
  tellClient(bytes: Buffer, isBetween: boolean): void {
    const goesOn = isBetween ? this.#client.write(bytes) : this.#forClient.add(bytes);
    if (goesOn) return;
    this.#isOwed = true;
    this.#client.pause();
  }

  /** The message on its way to the client has been added whole. */
  tellWaiting(): void {
    this.toClient.add(this.#forClient.take());
    if (!this.#client.writableNeedDrain) this.#onClientDrain();
  }

  /** Has everything taken that was read. To be called before the end of either side is acted upon. */
  flush(): void {
    this.#fromClient.flush();
    this.#fromUpstream.flush();
  }

  /** Ends both sides, each when it has what it is owed, the client with a last word where there is one. */
  end(lastWord: Buffer | undefined): void {
    const client = this.#client;
    const upstream = this.#upstream;
    client.off('drain', this.#onClientDrain);
    upstream.off('drain', this.#onUpstreamDrain);
    this.#fromClient.end();
    this.#fromUpstream.end();
    this.toClient.flush();
    this.toUpstream.flush();
    closeGently(client, lastWord);
    closeGently(upstream, undefined, Number.POSITIVE_INFINITY);
  }

  readonly #onClientDrain = (): void => {
    this.#isOwed = false;
    this.#upstream.resume();
    this.#onUpstreamDrain();
  };

  readonly #onUpstreamDrain = (): void => {
    if (!this.#isOwed && !this.#upstream.writableNeedDrain) this.#client.resume();
  };
}
