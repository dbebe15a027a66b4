import assert from 'node:assert/strict';
import type {
  BodyReceiver,
  ClientFacts,
  Exchange,
  RequestBody,
  RequestHead,
  ResponseHead,
  TunnelEnd,
} from '../../src/frontends/http/exchange.ts';

export interface FakeRequest {
  method?: string;
  /** Path and query. */
  target?: string;
  authority?: string;
  /** `name: value` lines. */
  fields?: readonly string[];
  /** Each entry is delivered as bytes of its own. */
  body?: readonly (string | Buffer)[];
  /** Whether the client names the length of the body; default yes. */
  bodyLengthKnown?: boolean;
  client?: Partial<ClientFacts>;
  /** Bytes that the client takes before `write` asks to wait; default: all. */
  window?: number;
  /** Whether the client takes what waits by itself; default yes. Otherwise call `drain()`. */
  drains?: boolean;
}

/** How a request was answered. */
export interface FakeAnswer {
  readonly outcome: 'ended' | 'aborted' | 'problem' | 'client gone';
  readonly status: number;
  /** Lower-case names; repeated fields joined by a comma. */
  readonly fields: ReadonlyMap<string, string>;
  /** Content-Length as the client sees it; null where there is none. */
  readonly length: number | null;
  readonly body: Buffer;
  readonly trailers: string;
  readonly detail: string;
}

const anonymous: ClientFacts = {
  handshakeId: 'h-test',
  remoteAddress: '192.0.2.7',
  remotePort: 40000,
  tlsVersion: 'TLSv1.3',
  user: null,
  subject: '',
  issuer: '',
  serialNumber: '',
  verification: 'NONE',
  sans: [],
  chain: [],
  fingerprint: '',
};

/**
 * A downstream in memory: gives an origin one request, keeps its answer, and fails the test where the
 * origin breaks the contract of Exchange (a second head, bytes past the length, a call after the end).
 */
export class FakeExchange implements Exchange {
  readonly request: RequestHead;
  readonly client: ClientFacts;
  onDrain: (() => void) | null = null;
  onClose: (() => void) | null = null;
  /** Settles when the answer is over, however it ends. */
  readonly answer: Promise<FakeAnswer>;
  head: ResponseHead | null = null;
  readonly interims: number[] = [];
  readonly writes: Buffer[] = [];
  /** Most bytes that ever waited for the client. */
  mostWaiting = 0;
  bodyReceived = false;
  #waiting = 0;
  #window: number;
  #drains: boolean;
  #body: Buffer[];
  #receiver: BodyReceiver | null = null;
  #over = false;
  #settle: (answer: FakeAnswer) => void;

  constructor(options: FakeRequest = {}) {
    const body = (options.body ?? []).map((part) => Buffer.from(part));
    const target = options.target ?? '/';
    this.request = {
      method: options.method ?? 'GET',
      target,
      path: target.split('?')[0] ?? '',
      authority: options.authority ?? 'test.com',
      version: '1.1',
      fields: (options.fields ?? []).map((line) => `${line}\r\n`).join(''),
      body: requestBody(body, options.bodyLengthKnown ?? true),
      traceparent: '',
      expectsContinue: false,
      upgrade: null,
    };
    this.client = { ...anonymous, ...options.client };
    this.#body = body;
    this.#window = options.window ?? Number.POSITIVE_INFINITY;
    this.#drains = options.drains ?? true;
    const { promise, resolve } = Promise.withResolvers<FakeAnswer>();
    this.answer = promise;
    this.#settle = resolve;
  }

  receiveBody(receiver: BodyReceiver): void {
    assert.equal(this.bodyReceived, false, 'the body was asked for twice');
    this.bodyReceived = true;
    this.#receiver = receiver;
    setImmediate(() => this.resumeBody());
  }

  resumeBody(): void {
    const receiver = this.#receiver;
    while (receiver !== null && this.#receiver === receiver) {
      const part = this.#body.shift();
      if (part === undefined) {
        this.#receiver = null;
        receiver.end('');
      } else if (!receiver.data(part)) return;
    }
  }

  interim(status: number): void {
    assert.equal(this.head, null, 'interim after the head');
    this.interims.push(status);
  }

  respond(head: ResponseHead): void {
    assert.equal(this.#over, false, 'head after the end');
    assert.equal(this.head, null, 'a second head');
    assert.match(head.fields, /^([!-9;-~]+:[\t -~\u0080-\u00ff]*\r\n)*$/, 'fields are wire text');
    assert.doesNotMatch(head.fields, /^(content-length|transfer-encoding|connection):/im);
    this.head = head;
  }

  write(given: Buffer, isLent = false): boolean {
    const bytes = isLent ? Buffer.from(given) : given;
    assert.ok(this.head !== null, 'bytes before the head');
    assert.equal(this.#over, false, 'bytes after the end');
    assert.notEqual(this.head.body.kind, 'none', 'bytes of an answer without a body');
    this.writes.push(bytes);
    this.#waiting += bytes.length;
    this.mostWaiting = Math.max(this.mostWaiting, this.#waiting);
    if (this.#waiting < this.#window) return true;
    if (this.#drains) setImmediate(() => this.drain());
    return false;
  }

  /** The client takes what waits. */
  drain(): void {
    this.#waiting = 0;
    if (!this.#over) this.onDrain?.();
  }

  end(trailers: string): void {
    assert.ok(this.head !== null, 'end before the head');
    const { body } = this.head;
    if (body.kind === 'length') assert.equal(this.#written().length, body.length, 'length');
    this.#finish('ended', this.head.status, trailers, '');
  }

  abort(): void {
    this.#finish('aborted', this.head?.status ?? 0, '', '');
  }

  problem(status: number, title: string, detail: string): void {
    assert.equal(this.head, null, 'a problem after the head');
    assert.ok(title.length > 0);
    this.#finish('problem', status, '', detail);
  }

  upgrade(): TunnelEnd | null {
    return null;
  }

  /** The client goes away before the answer is over. */
  leave(): void {
    this.#finish('client gone', this.head?.status ?? 0, '', '');
    this.onClose?.();
  }

  #written(): Buffer {
    return Buffer.concat(this.writes);
  }

  #finish(outcome: FakeAnswer['outcome'], status: number, trailers: string, detail: string): void {
    assert.equal(this.#over, false, `${outcome} after the end`);
    this.#over = true;
    const shown = this.head?.body;
    const length = shown === undefined || shown.kind === 'stream' ? null : shown.length;
    const fields = fieldMap(this.head?.fields ?? '');
    this.#settle({ outcome, status, fields, length, body: this.#written(), trailers, detail });
  }
}

function requestBody(parts: readonly Buffer[], lengthKnown: boolean): RequestBody {
  if (parts.length === 0) return { kind: 'none' };
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return lengthKnown ? { kind: 'length', length } : { kind: 'stream' };
}

function fieldMap(fields: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const line of fields.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = map.get(name);
    map.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return map;
}
