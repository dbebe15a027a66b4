import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { BulkReader, type BulkTaker } from '../bulk-reader.ts';
import type { Slab } from '../slab.ts';
import { coarseClock, type Expiring } from './coarse-clock.ts';
import type { Answer, BodyReceiver, ClientFacts, Exchange, TunnelEnd } from './exchange.ts';
import { type BodyMemory, Http1Body } from './http1-body.ts';
import { type Http1Channel, Http1Exchange } from './http1-exchange.ts';
import { Movement } from './movement.ts';
import { DirectSocket } from '../../tls/direct-socket.ts';
import { takesAtOnce } from '../../tls/node-tls.ts';
import type { HttpLimits } from './options.ts';
import { problemResponse, reasonPhrase } from './problem.ts';
import { CR, LF } from './wire/characters.ts';
import { BARE_LF, HeadBuffer, INCOMPLETE } from './wire/head-buffer.ts';
import { refuse } from './wire/refusal.ts';
import { parseRequestHead } from './wire/request-head.ts';

/** Who the client is, and what answers its requests. */
export interface Http1Session {
  readonly client: ClientFacts;
  /** Answers one request, now or later. */
  readonly handle: (exchange: Exchange) => void;
  /** Told of each request, what could not be read as one included, when it is over. Absent: nobody asks. */
  readonly answered?: (answer: Answer) => void;
}

/** How much of an unread request body is read past so that the connection can be kept. */
const MAX_DISCARDED_BYTES = 65_536;
/** How long a connection that is to end waits for a request whose answer can say so. */
const LAST_REQUEST_MS = 1_000;
/** How long a connection that has been ended waits for the client to end it too. */
const LINGER_MS = 2_000;
const MAX_LINGER_BYTES = 1_048_576;

const DISCARD: BodyReceiver = {
  data: () => true,
  dataInSlab: () => true,
  end: ignore,
  abort: ignore,
};

/**
 * `head`: waiting for a request. `exchange`: one is being answered. `discard`: it was answered before
 * its body had come. `linger`: our side is ended. `tunnel`: the socket is somebody else's.
 */
type Phase = 'head' | 'exchange' | 'discard' | 'linger' | 'tunnel' | 'closed';

/**
 * One HTTP/1.1 connection from a client, for its whole life: reads one request after the other and
 * hands each to the session as an Exchange; pipelined requests wait for their turn, unread. Malformed
 * input is answered with 4xx or 5xx and ends the connection. Nothing it receives makes it throw.
 */
export class Http1Connection implements Http1Channel, BulkTaker, Expiring {
  readonly client: ClientFacts;
  deadline: number;
  clockPlace = -1;
  #socket: Duplex;
  #session: Http1Session;
  #limits: HttpLimits;
  #phase: Phase = 'head';
  #input = new HeadBuffer();
  #exchange: Http1Exchange | null = null;
  /** The body of the request at hand; null: it has none. */
  #body: Http1Body | null = null;
  /** Reads the socket into memory that is used again; null: it is no socket of node's. */
  #reader: BulkReader | null = null;
  /** Where the bytes at hand stand. */
  #memory: BodyMemory = 'own';
  #isReading = true;
  #isAdvancing = false;
  #isFeeding = false;
  #isDraining = false;
  #isFailed = false;
  #isCorked = false;
  /** The socket wants no more until it drains. */
  #isBlocked = false;
  /** The client has ended its side. */
  #hasEnded = false;
  /** Part of the next head has come. */
  #hasBegun = false;
  #hasSkippedBlankLine = false;
  #discarded = 0;
  #requests = 0;
  /** When its lifetime is over, by the clock. */
  readonly #endsAt: number;
  /** Since a stall was last looked for. */
  readonly #movement: Movement;

  constructor(socket: Duplex, session: Http1Session, limits: HttpLimits) {
    this.#socket = socket;
    this.#session = session;
    this.#limits = limits;
    this.client = session.client;
    this.#movement = new Movement(socket);
    socket.allowHalfOpen = true;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('error', ignore);
    socket.on('close', this.#onClose);
    if (socket instanceof Socket) {
      this.#reader = new BulkReader(socket, this);
      this.#reader.begin();
    }
    coarseClock.add(this);
    this.deadline = coarseClock.deadline(limits.headTimeoutMs);
    this.#endsAt = coarseClock.deadline(limits.lifetimeMs);
  }

  /**
   * Ends the connection when what it is doing is done. An idle one is given a second, as its next
   * request may be on the way, and an answer can say that it is the last. A tunnel goes on.
   */
  drain(): void {
    this.#isDraining = true;
    const isIdle = this.#phase === 'head' && !this.#hasBegun && !this.#isBlocked;
    if (isIdle) this.deadline = Math.min(this.deadline, coarseClock.deadline(LAST_REQUEST_MS));
  }

  /** Ends the connection now, whatever it is doing. */
  destroy(): void {
    this.#socket.destroy();
  }

  keepsAlive(): boolean {
    const exchange = this.#exchange;
    if (exchange === null || !exchange.request.persistent) return false;
    if (this.#isDraining || this.#isFailed) return false;
    if (this.#requests >= this.#limits.maxRequests) return false;
    if (coarseClock.hasPassed(this.#endsAt)) return false;
    const body = this.#body;
    if (body === null || body.isDone || body.isStarted) return true;
    // A client that waits for 100 may or may not send its body after another answer.
    return !exchange.request.expectsContinue && body.left <= MAX_DISCARDED_BYTES;
  }

  startBody(receiver: BodyReceiver): void {
    const exchange = this.#exchange;
    const body = this.#body;
    if (exchange === null || body?.isStarted === true) return;
    if (body === null) {
      receiver.end('');
      return;
    }
    body.start(receiver);
    if (exchange.request.expectsContinue && !exchange.hasResponded && this.#input.length === 0) {
      this.send('HTTP/1.1 100 Continue\r\n\r\n');
    }
    this.#feed();
  }

  resumeBody(): void {
    this.#body?.resume();
    this.#feed();
  }

  send(data: string | Buffer): boolean {
    const socket = this.#socket;
    if (!socket.writable) return true;
    const wantsMore = typeof data === 'string' ? socket.write(data, 'latin1') : socket.write(data);
    if (!wantsMore && !this.#isBlocked) {
      this.#isBlocked = true;
      this.#watchClient();
    }
    return wantsMore;
  }

  sendLent(bytes: Buffer): boolean {
    return this.send(takesAtOnce(this.#socket) ? bytes : Buffer.from(bytes));
  }

  gather(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    process.nextTick(uncork, this);
  }

  uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }

  answered(answer: Answer): void {
    this.#session.answered?.(answer);
  }

  finish(keepAlive: boolean): void {
    this.#exchange = null;
    if (this.#phase !== 'exchange') return;
    this.uncork();
    const body = this.#body;
    if (!keepAlive) {
      this.#close();
    } else if (body === null || body.isDone) {
      this.#awaitRequest();
    } else {
      this.#phase = 'discard';
      this.#discarded = 0;
      body.start(DISCARD);
      body.resume();
      this.#feed();
    }
  }

  cut(): void {
    this.#exchange = null;
    this.#socket.destroy();
  }

  detach(): TunnelEnd {
    const socket = this.#socket;
    this.#phase = 'tunnel';
    this.#exchange = null;
    this.#watchClient();
    socket.pause();
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    this.#reader?.end();
    this.#input.keep();
    const early = this.#input.rest();
    this.#input = new HeadBuffer();
    return { socket, early };
  }

  /** Called by the clock. */
  expire(): void {
    if (this.#socket.destroyed) this.#onClose();
    else if (this.#phase === 'tunnel') this.#checkTunnel();
    else if (this.#isBlocked && this.#movement.hasSent) this.#watchClient();
    else if (this.#isBlocked) this.#socket.destroy();
    else if (this.#phase === 'head' && this.#hasBegun) {
      this.#refuse(408, 'The request head took too long.');
    } else if (this.#phase === 'head') this.#close();
    else if (this.#phase === 'exchange') this.#failBody(408, 'The request body took too long.');
    else this.#socket.destroy();
  }

  #onData = (bytes: Buffer): void => {
    switch (this.#phase) {
      case 'head':
        this.#input.append(bytes);
        this.#advance();
        break;
      case 'exchange':
      case 'discard':
        this.#input.append(bytes);
        this.#feed();
        break;
      case 'linger':
        this.#discarded += bytes.length;
        if (this.#discarded > MAX_LINGER_BYTES) this.#socket.destroy();
        break;
    }
  };

  /** Called by the reader. */
  takeRead(bytes: Buffer, slab: Slab | null): void {
    this.#memory = slab ?? 'lent';
    this.#onData(bytes);
    this.#memory = 'own';
    this.#input.keep();
    if (this.#phase === 'head') this.#reader?.settle();
  }

  #onEnd = (): void => {
    this.#hasEnded = true;
    if (this.#phase === 'head') this.#advance();
    else if (this.#isTruncated()) this.#socket.destroy();
  };

  #onDrain = (): void => {
    this.#isBlocked = false;
    if (this.#phase === 'head') this.#awaitRequest();
    else if (this.#phase === 'exchange') {
      this.#timeBody();
      this.#exchange?.onDrain?.();
    }
  };

  #onFinish = (): void => {
    this.#isBlocked = false;
    this.deadline = coarseClock.deadline(LINGER_MS);
  };

  #onClose = (): void => {
    coarseClock.delete(this);
    this.#reader?.closed();
    if (this.#phase === 'tunnel') return;
    this.#phase = 'closed';
    const exchange = this.#exchange;
    const body = this.#body;
    this.#exchange = null;
    this.#body = null;
    exchange?.closed();
    body?.abort();
  };

  #awaitRequest(): void {
    this.#phase = 'head';
    this.#body = null;
    this.#hasBegun = false;
    this.#hasSkippedBlankLine = false;
    if (!this.#isBlocked) {
      const { idleTimeoutMs } = this.#limits;
      const waits = this.#isDraining ? Math.min(LAST_REQUEST_MS, idleTimeoutMs) : idleTimeoutMs;
      this.deadline = coarseClock.deadline(waits);
    }
    this.#advance();
  }

  /** Serves the requests that have come whole, one after the other. */
  #advance(): void {
    if (this.#isAdvancing || this.#isFeeding) return;
    this.#isAdvancing = true;
    while (this.#phase === 'head' && !this.#isBlocked && this.#readRequest());
    this.#isAdvancing = false;
    this.#updateReading();
  }

  #readRequest(): boolean {
    const input = this.#input;
    this.#skipBlankLine(input);
    const length = input.length === 0 ? INCOMPLETE : input.findHead(this.#limits.maxHeadBytes);
    if (length === INCOMPLETE) {
      this.#awaitHead();
      return false;
    }
    const { start } = input;
    const parsed =
      length > 0
        ? parseRequestHead(input.bytes, start, start + length, this.#limits.maxFields)
        : refuse(length === BARE_LF ? 'bare-lf' : 'head-too-long');
    if (parsed.kind === 'refused') {
      this.#refuse(parsed.status, parsed.detail);
      return false;
    }
    input.readTo(start + length);
    this.#requests++;
    this.#phase = 'exchange';
    this.deadline = Number.POSITIVE_INFINITY;
    if (parsed.body.kind !== 'none') this.#body = new Http1Body(parsed.body);
    const exchange = new Http1Exchange(this, parsed);
    this.#exchange = exchange;
    this.#session.handle(exchange);
    return true;
  }

  /** One empty line before a request is forgiven (RFC 9112 section 2.2). */
  #skipBlankLine(input: HeadBuffer): void {
    if (this.#hasSkippedBlankLine || input.length < 2 || input.bytes[input.start] !== CR) return;
    if (input.bytes[input.start + 1] !== LF) return;
    this.#hasSkippedBlankLine = true;
    input.readTo(input.start + 2);
  }

  #awaitHead(): void {
    if (this.#hasEnded) {
      this.#close();
    } else if (!this.#hasBegun && this.#input.length > 0) {
      this.#hasBegun = true;
      this.deadline = coarseClock.deadline(this.#limits.headTimeoutMs);
    }
  }

  /** Hands on what has come of the body, as far as its receiver wants it. */
  #feed(): void {
    const body = this.#body;
    if (this.#isFeeding || body === null) return this.#updateReading();
    const input = this.#input;
    if (input.length > 0) {
      this.#isFeeding = true;
      const start = input.start;
      const end = body.feed(input.filled(), start, this.#memory);
      this.#discarded += end - start;
      input.readTo(end);
      this.#isFeeding = false;
    }
    this.#afterFeeding(body);
  }

  /** The receivers may have ended the exchange, in whatever way, while they were fed. */
  #afterFeeding(body: Http1Body): void {
    if (this.#phase === 'head') return this.#advance();
    if (this.#body !== body) return;
    if (body.refusal !== null) {
      this.#failBody(body.refusal.status, body.refusal.detail);
    } else if (this.#isTruncated()) {
      this.#socket.destroy();
    } else if (this.#phase === 'exchange') {
      this.#timeBody();
      this.#updateReading();
    } else if (body.isDone) {
      this.#awaitRequest();
    } else if (this.#discarded + this.#owed(body) > MAX_DISCARDED_BYTES) {
      this.#close();
    } else {
      this.#timeBody();
      this.#updateReading();
    }
  }

  /** The client ended its side within a body. */
  #isTruncated(): boolean {
    const body = this.#body;
    return this.#hasEnded && body !== null && !body.isDone && this.#input.length === 0;
  }

  #owed(body: Http1Body): number {
    return body.left === Number.POSITIVE_INFINITY ? 0 : body.left;
  }

  /** While the client owes us bytes of a body its time runs; it starts over with each that come. */
  #timeBody(): void {
    if (this.#isBlocked) return;
    const body = this.#body;
    const isOwed = body !== null && body.isStarted && !body.isPaused && !body.isDone;
    this.deadline = isOwed
      ? coarseClock.deadline(this.#limits.stallTimeoutMs)
      : Number.POSITIVE_INFINITY;
  }

  /** The client has the stall timeout from now on to take some of what is sent to it. */
  #watchClient(): void {
    this.#movement.mark();
    this.deadline = coarseClock.deadline(this.#limits.stallTimeoutMs);
    if (this.#phase === 'tunnel') this.deadline = Math.min(this.deadline, this.#endsAt);
  }

  /** A tunnel may be silent, but its client must take what is sent, and end it when we have. */
  #checkTunnel(): void {
    const socket = this.#socket;
    const { hasSent, hasReceived } = this.#movement;
    const isHalfOpen = socket.writableEnded || socket.readableEnded;
    const isStalled = socket.writableLength > 0 ? !hasSent : isHalfOpen && !hasSent && !hasReceived;
    if (isStalled || coarseClock.hasPassed(this.#endsAt)) socket.destroy();
    else this.#watchClient();
  }

  /** The request's body will never be whole. */
  #failBody(status: number, detail: string): void {
    const exchange = this.#exchange;
    const body = this.#body;
    this.#isFailed = true;
    if (exchange === null) this.#close();
    else if (exchange.hasResponded) exchange.abort();
    else exchange.problem(status, reasonPhrase(status), detail);
    body?.abort();
  }

  /** Answers what is no request, and ends the connection. */
  #refuse(status: number, detail: string): void {
    const { head, body } = problemResponse(
      status,
      reasonPhrase(status),
      detail,
      this.client.handshakeId,
    );
    const begunAt = performance.now();
    this.answered({ request: null, status, sentBytes: body.length, begunAt });
    this.send(
      `HTTP/1.1 ${status} ${head.reason}\r\n${head.fields}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.toString('latin1')}`,
    );
    this.#close();
  }

  /** Ends our side; the client has a while to read the last answer before the socket is closed. */
  #close(): void {
    if (this.#phase === 'linger' || this.#phase === 'closed') return;
    const socket = this.#socket;
    if (this.#hasEnded && socket instanceof DirectSocket && socket.endAtOnce()) return;
    this.#phase = 'linger';
    this.#body = null;
    this.#discarded = 0;
    this.#isBlocked = true;
    this.#watchClient();
    socket.once('finish', this.#onFinish);
    socket.end();
    this.#updateReading();
  }

  /** Reads on where somebody takes what comes, and where it is of use to notice that the client left. */
  #updateReading(): void {
    const wants = this.#wantsInput();
    if (wants === this.#isReading || this.#phase === 'tunnel') return;
    this.#isReading = wants;
    if (wants) this.#socket.resume();
    else this.#socket.pause();
  }

  #wantsInput(): boolean {
    if (this.#phase === 'head') return !this.#isBlocked;
    if (this.#phase !== 'exchange') return true;
    return this.#input.length === 0 && this.#body?.isPaused !== true;
  }
}

function uncork(connection: Http1Connection): void {
  connection.uncork();
}

function ignore(): void {}
