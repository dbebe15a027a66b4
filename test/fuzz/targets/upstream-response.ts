// What an upstream sends, as a client of the proxy sees it: cut anywhere it is the same answer, and
// the connection is used again only where the next answer begins exactly where this one ended.
import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import type { BodyReceiver, Exchange, ResponseHead } from '../../../src/frontends/http/exchange.ts';
import {
  Http1Connection,
  type Http1Owner,
} from '../../../src/frontends/http/origins/http1-connection.ts';
import { FakeExchange } from '../../support/fake-exchange.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { testLimits } from '../../support/http-gateway.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const SECOND = `${OK}Content-Length: 6\r\n\r\nsecond`;

const CORPUS = [
  `${OK}Content-Length: 5\r\n\r\nhello`,
  `${OK}Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX-Sum: 5\r\n\r\n`,
  `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Server: s\r\nContent-Length: 0\r\n\r\n`,
  'HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: "x"\r\n\r\n',
  'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold',
  `${OK}Connection: close\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\nuntil the end`,
  `${OK}Connection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nContent-Length: 2\r\n\r\nhi`,
].map((text) => Buffer.from(text, 'latin1'));

const TOKENS = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\0',
  ': ',
  ' ',
  'Content-Length: 3\r\n',
  'Content-Length: 03\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip\r\n',
  'Connection: close\r\n',
  'Connection: Upgrade\r\nUpgrade: websocket\r\n',
  'HTTP/1.1 101 Switching Protocols\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.0 200 OK\r\n',
  '0\r\n\r\n',
  'fffffffffffff\r\n',
  SECOND,
];

let checks = 0;

export const upstreamResponse: FuzzTarget = {
  name: 'upstream response',
  corpus: CORPUS,
  tokens: TOKENS,
  check(input, random) {
    const method = random.pick(['GET', 'GET', 'GET', 'HEAD', 'POST']);
    const whole = exchangeOver([input], method);
    const cut = exchangeOver(random.cut(input), method);
    if (whole.answer.includes(' aborted ')) isPrefixOf(whole.answer, cut.answer);
    else assert.deepEqual(cut.answer, whole.answer);
    if (whole.isReleased) {
      const second = new RecordingExchange('GET');
      whole.connection.begin(second, 'GET / HTTP/1.1\r\n\r\n');
      feed(whole.connection, Buffer.from(SECOND));
      assert.equal(second.text, '200 ended second');
    }
    const isWhole = whole.answer.includes(' ended ');
    checks++;
    if (checks % 100 !== 0) return isWhole;
    // What the destroyed sockets have still to say would be kept until the end of the run.
    return new Promise((resolve) => setImmediate(resolve, isWhole));
  },
};

/** Of a body that turns out malformed more may have been passed on where it came in pieces. */
function isPrefixOf(whole: string, cut: string): void {
  assert.ok(cut.startsWith(whole), `${JSON.stringify(cut)} begins with ${JSON.stringify(whole)}`);
}

interface Outcome {
  /** Status, how it ended, and the body; interim responses first. */
  readonly answer: string;
  readonly connection: Http1Connection;
  readonly isReleased: boolean;
}

function exchangeOver(pieces: Iterable<Buffer>, method: string): Outcome {
  const exchange = new RecordingExchange(method);
  const owner = new Owner();
  const connection = new Http1Connection(owner);
  const socket = new Sink();
  connection.attach(socket as unknown as Socket);
  connection.begin(exchange, `${method} / HTTP/1.1\r\n\r\n`);
  let isReleased = false;
  for (const piece of pieces) {
    if (socket.destroyed) break;
    feed(connection, piece);
    isReleased = owner.isReleased && !socket.destroyed;
  }
  if (!isReleased) socket.emit('end');
  return { answer: exchange.text, connection, isReleased };
}

/** As the network does it: in memory that is overwritten as soon as it was taken. */
function feed(connection: Http1Connection, bytes: Buffer): void {
  const shared = Buffer.from(bytes);
  connection.receive(shared);
  shared.fill('#');
}

class Sink extends Duplex {
  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }

  override _read(): void {}
}

class Owner implements Http1Owner {
  readonly meter = { answered: (): void => {} };
  readonly limits = { ...testLimits, maxHeadBytes: 2048, maxFields: 20 };
  isReleased = false;

  awaits(): void {}
  awaitsNoMore(): void {}
  died(): void {}

  released(): void {
    this.isReleased = true;
  }

  unanswered(exchange: Exchange): void {
    exchange.problem(502, 'Bad Gateway', '');
  }

  failed(exchange: Exchange, isHeadSent: boolean): void {
    if (isHeadSent) exchange.abort();
    else exchange.problem(502, 'Bad Gateway', '');
  }
}

/** A FakeExchange that can be asked at once what became of it. */
class RecordingExchange extends FakeExchange {
  #text = '';

  constructor(method: string) {
    super({ method });
  }

  get text(): string {
    const body = Buffer.concat(this.writes).toString('latin1');
    return `${this.interims.join(' ')} ${this.#text}${body}`.trimStart();
  }

  override receiveBody(receiver: BodyReceiver): void {
    receiver.end('');
  }

  override respond(head: ResponseHead): void {
    super.respond(head);
    this.#text = `${head.status} cut `;
  }

  override end(trailers: string): void {
    super.end(trailers);
    this.#text = `${this.head?.status ?? 0} ended ${trailers}`;
  }

  override abort(): void {
    super.abort();
    this.#text = `${this.head?.status ?? 0} aborted `;
  }

  override problem(status: number, title: string, detail: string): void {
    super.problem(status, title, detail);
    this.#text = `${status} problem`;
  }
}
