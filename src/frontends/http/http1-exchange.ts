import { LentMemory } from '../../tls/lent-memory.ts';
import type {
  Answer,
  BodyReceiver,
  ClientFacts,
  Exchange,
  ResponseHead,
  TunnelEnd,
} from './exchange.ts';
import { grpcRefusal, grpcStatusOf, isGrpc } from './grpc.ts';
import { problemResponse } from './problem.ts';
import { chunkHead, lastChunk } from './wire/chunked.ts';
import type { ParsedRequest } from './wire/request-head.ts';

/** What an exchange asks of its connection. */
export interface Http1Channel {
  readonly client: ClientFacts;
  /** Whether the connection may carry another request after this one, as far as is known now. */
  keepsAlive(): boolean;
  startBody(receiver: BodyReceiver): void;
  resumeBody(): void;
  /** False: wait for `exchange.onDrain`. */
  send(data: string | Buffer): boolean;
  /** Sends bytes whose memory is used again when this returns. */
  sendLent(bytes: Buffer): boolean;
  /** Sends what was gathered since, and what follows within this turn, in one write. */
  gather(): void;
  /** The exchange is over, in whatever way; told once, and before the connection goes on. */
  answered(answer: Answer): void;
  /** The response has been sent whole. */
  finish(keepAlive: boolean): void;
  /** The connection is of no more use: it is closed at once. */
  cut(): void;
  detach(): TunnelEnd;
}

type Stage = 'open' | 'responding' | 'over';
type Mode = 'none' | 'length' | 'chunked' | 'close';

/**
 * Where what goes out together is put together, if it fits, one write at a time: copying is cheaper than several
 * writes, and than memory of its own for each. A read of an upstream's fits, with what stands before it.
 */
const JOINED = new LentMemory(160 * 1024);

/**
 * One request on an HTTP/1.1 connection and its answer. After `end`, `abort`, `problem` or `upgrade`
 * it is over: nothing more reaches the receiver of the body, and further calls have no effect.
 */
export class Http1Exchange implements Exchange, Answer {
  readonly request: ParsedRequest;
  readonly begunAt = performance.now();
  status = 0;
  sentBytes = 0;
  onDrain: (() => void) | null = null;
  onClose: (() => void) | null = null;
  #channel: Http1Channel;
  #stage: Stage = 'open';
  #mode: Mode = 'none';
  /** Body bytes still owed, where the mode is `length`. */
  #left = 0;
  #keepAlive = false;
  /** The head, until it can go out together with the first bytes of the body. */
  #head = '';

  constructor(channel: Http1Channel, request: ParsedRequest) {
    this.#channel = channel;
    this.request = request;
  }

  get client(): ClientFacts {
    return this.#channel.client;
  }

  get isOver(): boolean {
    return this.#stage === 'over';
  }

  get hasResponded(): boolean {
    return this.#stage !== 'open';
  }

  receiveBody(receiver: BodyReceiver): void {
    if (this.#stage !== 'over') this.#channel.startBody(receiver);
  }

  resumeBody(): void {
    if (this.#stage !== 'over') this.#channel.resumeBody();
  }

  interim(status: number, fields: string): void {
    // The client's own 100 is ours to send; HTTP/1.0 has no interim responses.
    if (this.#stage !== 'open' || status === 100 || this.request.version === '1.0') return;
    this.#channel.send(`HTTP/1.1 ${status} \r\n${fields}\r\n`);
  }

  respond(head: ResponseHead, bodyFollows = false): void {
    if (this.#stage !== 'open') return;
    this.#stage = 'responding';
    this.status = head.status;
    this.#keepAlive = this.#channel.keepsAlive();
    this.#head = this.#print(head);
    if (bodyFollows || this.#mode === 'none' || this.#left === 0) return;
    process.nextTick(flushHead, this);
  }

  write(bytes: Buffer, isLent = false): boolean {
    if (this.#stage !== 'responding' || bytes.length === 0 || this.#mode === 'none') return true;
    this.sentBytes += bytes.length;
    if (this.#mode === 'chunked') return this.#writeChunk(bytes, isLent);
    if (this.#mode === 'length') {
      if (bytes.length > this.#left) {
        this.abort();
        return true;
      }
      this.#left -= bytes.length;
    }
    if (this.#head === '') return this.#pass(bytes, isLent);
    const head = this.#head;
    this.#head = '';
    return this.#passTogether(head, bytes, '', isLent);
  }

  end(trailers: string): void {
    if (this.#stage !== 'responding') return;
    if (this.#mode === 'length' && this.#left > 0) {
      this.abort();
      return;
    }
    const last = this.#mode === 'chunked' ? this.#head + lastChunk(trailers) : this.#head;
    this.#head = '';
    if (last !== '') this.#channel.send(last);
    this.#finish();
    this.#channel.finish(this.#keepAlive);
  }

  abort(): void {
    if (this.#stage === 'open') {
      this.problem(500, 'Internal Server Error', 'the request could not be served');
    } else if (this.#stage === 'responding') {
      this.#finish();
      this.#channel.cut();
    }
  }

  problem(
    status: number,
    title: string,
    detail: string,
    grpcStatus: number = grpcStatusOf(status),
  ): void {
    if (this.#stage !== 'open') {
      this.abort();
      return;
    }
    const { handshakeId } = this.client;
    if (isGrpc(this.request)) {
      this.respond(grpcRefusal(this.request, grpcStatus, detail, handshakeId));
      this.end('');
      return;
    }
    const { head, body } = problemResponse(status, title, detail, handshakeId);
    this.respond(head, true);
    this.write(body);
    this.end('');
  }

  upgrade(head: ResponseHead): TunnelEnd | null {
    if (this.#stage !== 'open' || this.request.upgrade === null) return null;
    this.status = 101;
    this.#finish();
    this.#channel.send(
      `HTTP/1.1 101 ${head.reason}\r\n${head.fields}Connection: Upgrade\r\nUpgrade: ${this.request.upgrade}\r\n\r\n`,
    );
    return this.#channel.detach();
  }

  /** The client is gone. */
  closed(): void {
    if (this.#stage === 'over') return;
    this.#finish();
    this.onClose?.();
  }

  /** Sends the head if no body has come to send it with. */
  flush(): void {
    if (this.#head === '' || this.#stage !== 'responding') return;
    const head = this.#head;
    this.#head = '';
    this.#channel.send(head);
  }

  #finish(): void {
    this.#stage = 'over';
    this.#channel.answered(this);
  }

  #print(head: ResponseHead): string {
    const line = `HTTP/1.1 ${head.status} ${head.reason}\r\n${head.fields}`;
    const framing = this.#frame(head);
    if (!this.#keepAlive) return `${line}${framing}Connection: close\r\n\r\n`;
    if (this.request.version === '1.0') return `${line}${framing}Connection: keep-alive\r\n\r\n`;
    return `${line}${framing}\r\n`;
  }

  /** Decides how the body is framed; answers the fields that say so (RFC 9112 section 6). */
  #frame(head: ResponseHead): string {
    const { body, status } = head;
    if (
      body.kind === 'none' ||
      this.request.method === 'HEAD' ||
      status === 204 ||
      status === 304
    ) {
      this.#mode = 'none';
      if (body.kind === 'stream' || body.length === null || status === 204) return '';
      return `Content-Length: ${body.length}\r\n`;
    }
    if (body.kind === 'length') {
      this.#mode = 'length';
      this.#left = body.length;
      return `Content-Length: ${body.length}\r\n`;
    }
    this.#left = -1;
    if (this.request.version === '1.1') {
      this.#mode = 'chunked';
      return 'Transfer-Encoding: chunked\r\n';
    }
    this.#mode = 'close';
    this.#keepAlive = false;
    return '';
  }

  #pass(bytes: Buffer, isLent: boolean): boolean {
    return isLent ? this.#channel.sendLent(bytes) : this.#channel.send(bytes);
  }

  #writeChunk(bytes: Buffer, isLent: boolean): boolean {
    const head = this.#head + chunkHead(bytes.length);
    this.#head = '';
    return this.#passTogether(head, bytes, '\r\n', isLent);
  }

  /** One write, with what stands before and behind the bytes. */
  #passTogether(before: string, bytes: Buffer, behind: string, isLent: boolean): boolean {
    const channel = this.#channel;
    const length = before.length + bytes.length + behind.length;
    const joined = JOINED.bytes;
    if (length <= joined.length) {
      joined.write(before, 0, 'latin1');
      joined.set(bytes, before.length);
      if (behind !== '') joined.write(behind, length - behind.length, 'latin1');
      return channel.sendLent(JOINED.first(length));
    }
    channel.gather();
    channel.send(before);
    const wantsMore = this.#pass(bytes, isLent);
    return behind === '' ? wantsMore : channel.send(behind);
  }
}

function flushHead(exchange: Http1Exchange): void {
  exchange.flush();
}
