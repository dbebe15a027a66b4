import assert from 'node:assert/strict';
import { createServer, METHODS } from 'node:http';
import { duplexPair } from 'node:stream';
import type { BodyReceiver, Exchange, RequestHead } from '../../src/frontends/http/exchange.ts';
import { Http1Connection } from '../../src/frontends/http/http1.ts';
import { requestHeadText } from '../../src/frontends/http/origins/http1-request.ts';
import { chunkHead, lastChunk } from '../../src/frontends/http/wire/chunked.ts';
import { anonymousClient, patientLimits } from './http1-peer.ts';

/** What a request means, as far as servers could differ. */
export interface Meaning {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly body: string;
}

/**
 * Reads bytes as our connections do, and what would go upstream as node's own server does: fails where
 * the two see other requests. Answers how many requests there were.
 */
export async function compareWithNode(raw: string): Promise<number> {
  const { meanings, upstream } = await readByUs(raw);
  // node reads only the methods that it knows; any token is one.
  if (!meanings.every(({ method }) => METHODS.includes(method))) return 0;
  assert.deepEqual(await readByNode(upstream, meanings.length), meanings, JSON.stringify(raw));
  return meanings.length;
}

/** The requests that our connection reads in these bytes, and what would go upstream for them. */
export async function readByUs(raw: string): Promise<{ meanings: Meaning[]; upstream: string }> {
  const [ours, theirs] = duplexPair();
  const meanings: Meaning[] = [];
  let upstream = '';
  const handle = (exchange: Exchange): void => {
    exchange.receiveBody(
      new Collector(exchange.request, (body, text) => {
        const { method, target, authority } = exchange.request;
        meanings.push({ method, target, host: authority, body });
        upstream += text;
        exchange.respond({
          status: 204,
          reason: '',
          fields: '',
          body: { kind: 'none', length: null },
        });
        exchange.end('');
      }),
    );
  };
  const connection = new Http1Connection(ours, { client: anonymousClient, handle }, patientLimits);
  const over = new Promise((resolve) => ours.once('close', resolve));
  theirs.resume();
  theirs.end(raw, 'latin1');
  await over;
  connection.destroy();
  return { meanings, upstream };
}

/** The body, and the whole message as it goes upstream. */
class Collector implements BodyReceiver {
  #request: RequestHead;
  #done: (body: string, message: string) => void;
  #body = '';
  #framed = '';

  constructor(request: RequestHead, done: (body: string, message: string) => void) {
    this.#request = request;
    this.#done = done;
  }

  data(bytes: Buffer): boolean {
    const text = bytes.toString('latin1');
    this.#body += text;
    this.#framed +=
      this.#request.body.kind === 'stream' ? `${chunkHead(bytes.length)}${text}\r\n` : text;
    return true;
  }

  end(trailers: string): void {
    const last = this.#request.body.kind === 'stream' ? lastChunk(trailers) : '';
    // node hands an upgrade over as a raw socket; its bytes are no HTTP any more
    const request = { ...this.#request, upgrade: null };
    this.#done(this.#body, requestHeadText(request, '') + this.#framed + last);
  }

  abort(): void {}
}

async function readByNode(upstream: string, count: number): Promise<Meaning[]> {
  const [ours, theirs] = duplexPair();
  const meanings: Meaning[] = [];
  const server = createServer({ requireHostHeader: true }, (request, response) => {
    let body = '';
    request.setEncoding('latin1');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      meanings.push({ method, target: url, host: headers.host ?? '', body });
      response.end();
      if (meanings.length === count) theirs.destroy();
    });
  });
  server.on('clientError', () => theirs.destroy());
  const over = new Promise((resolve) => theirs.once('close', resolve));
  server.emit('connection', ours);
  theirs.resume();
  theirs.end(upstream, 'latin1');
  if (count > 0) await over;
  theirs.destroy();
  ours.destroy();
  return meanings;
}
