// The contract between the two HTTP downstreams (HTTP/1.1 and HTTP/2) and the origins that answer
// (proxy, files, echo, respond). A downstream makes one Exchange a request; an origin answers it.

import type { Slab } from '../slab.ts';

/** A request after it was checked and its fields were scrubbed; identity fields are added by the proxy origin. */
export interface RequestHead {
  readonly method: string;
  /** Origin-form request-target exactly as it goes upstream: path and query. */
  readonly target: string;
  /** The target's path exactly as sent, without the query; `canonicalPath` makes what routes compare. */
  readonly path: string;
  /** Host with port as the client sent it. */
  readonly authority: string;
  readonly version: '1.0' | '1.1' | '2';
  /**
   * The remaining fields as wire text, `Name: value CRLF` each: without Host, hop-by-hop fields,
   * framing fields, identity fields and what Connection named.
   */
  fields: string;
  /** W3C Trace Context, which `fields` hold too; empty: none that is valid. */
  traceparent: string;
  readonly body: RequestBody;
  /** `Expect: 100-continue` was sent; the downstream answers it when the origin first asks for the body. */
  readonly expectsContinue: boolean;
  /** The protocol of a well-formed `Upgrade: websocket` request. */
  readonly upgrade: 'websocket' | null;
}

export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  /** Length unknown: chunked on HTTP/1.1, until END_STREAM on HTTP/2. */
  | { readonly kind: 'stream' };

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Wire text as in RequestHead: without hop-by-hop and framing fields. */
  readonly fields: string;
  readonly body: ResponseBody;
}

export type ResponseBody =
  /** HEAD, 204, 304: no body whatever the fields say; `length` is the Content-Length to show, null: none. */
  | { readonly kind: 'none'; readonly length: number | null }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'stream' };

/** What an origin receives of the request body. Called in order; `end` or `abort` comes last, once. */
export interface BodyReceiver {
  /** Decoded body bytes, no chunk framing. Return false to be paused until `exchange.resumeBody()`. */
  data(bytes: Buffer): boolean;
  /**
   * The same for bytes that stand in a slab: they stay as they are until this returns, and until the writes
   * are over that the slab is told of. Where it is absent, `data` gets a copy.
   */
  dataInSlab?(bytes: Buffer, slab: Slab): boolean;
  /** `trailers` is wire text, scrubbed; empty where there are none. */
  end(trailers: string): void;
  /** The client went away or sent a malformed body. */
  abort(): void;
}

/** The downstream's half of one request and its answer. */
export interface Exchange {
  readonly request: RequestHead;
  /** Who asks: what the identity fields, the echo and the access log are made from. */
  readonly client: ClientFacts;
  /** Starts the flow of the request body; call at most once, also for bodies of no length. */
  receiveBody(receiver: BodyReceiver): void;
  resumeBody(): void;
  /** 1xx other than 101. */
  interim(status: number, fields: string): void;
  /**
   * Sends the response head; call once. With `bodyFollows` (default: no) the first bytes of the body, or the
   * end, are written at once, and the head waits for them.
   */
  respond(head: ResponseHead, bodyFollows?: boolean): void;
  /**
   * Response body bytes, decoded. False: wait for `onDrain`. `isLent` (default: no): their memory is the
   * caller's again when this returns.
   */
  write(bytes: Buffer, isLent?: boolean): boolean;
  /** Ends the response. `trailers` as in BodyReceiver. */
  end(trailers: string): void;
  /** Cuts the response short after its head was sent: the client must not take it for whole. */
  abort(): void;
  /**
   * Answers with application/problem+json before any head was sent, and a call of gRPC with a status of its
   * own: `grpcStatus`, by default the one that `status` is there.
   */
  problem(status: number, title: string, detail: string, grpcStatus?: number): void;
  /** The connection becomes a tunnel after a 101; null where it can't (HTTP/2). `head` is the 101 itself. */
  upgrade(head: ResponseHead): TunnelEnd | null;
  /** Set by the origin: the client can take more after a `write` that returned false. */
  onDrain: (() => void) | null;
  /** Set by the origin: the client is gone before the response ended. */
  onClose: (() => void) | null;
}

/** What became of a request, told when nothing more is sent of its answer. */
export interface Answer {
  /** null: it could not be read. */
  readonly request: RequestHead | null;
  /** 0: the client left, or was cut off, before it was answered. */
  readonly status: number;
  /** Bytes of the answer's content. */
  readonly sentBytes: number;
  /** When its head was read, by `performance.now()`. */
  readonly begunAt: number;
}

/** The raw socket of an upgraded downstream and what it had already sent after its head. */
export interface TunnelEnd {
  readonly socket: import('node:stream').Duplex;
  readonly early: Buffer;
}

/** Facts about the client that HTTP hands on. All text is escaped for a header already. */
export interface ClientFacts {
  readonly handshakeId: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly tlsVersion: string;
  readonly user: string | null;
  /** RFC 4514 subject; empty where no certificate was presented. */
  readonly subject: string;
  /** RFC 4514 issuer; empty where no certificate was presented. */
  readonly issuer: string;
  /** Hex, an even number of digits; empty where no certificate was presented. */
  readonly serialNumber: string;
  /** As X-Client-Verify prints it. */
  readonly verification: string;
  /** SANs as `DNS:x`, `email:x`, `URI:x`, `IP:x`. */
  readonly sans: readonly string[];
  /** The presented chain, DER, leaf first; empty where there is none. */
  readonly chain: readonly Buffer[];
  readonly fingerprint: string;
  /** What the access log keeps of it from one request to the next; nobody else's. */
  logged?: object | undefined;
}

/** Answers requests: a proxy to an upstream, files, the built-in echo, a fixed response. */
export interface Origin {
  handle(exchange: Exchange): void;
}
