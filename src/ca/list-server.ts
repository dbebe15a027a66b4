import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerFile } from './published-answer.ts';
import { PublishedFiles } from './published-files.ts';
import { ShortConnections } from './short-connections.ts';

// An import would load node's client as well, which costs every start of a gateway 20 ms or more.
const { createServer } = process.getBuiltinModule('node:http');

export interface ListServerOptions {
  /** Where the authority's files lie. */
  readonly dir: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onFault: (error: Error) => void;
}

const TIMEOUT_MS = 10_000;

/**
 * The revocation lists of an authority over plain HTTP, where certificates say that they are (RFC 5280 section
 * 4.2.1.13): a list is signed, and whoever checks a server's certificate can't have that certificate's list
 * checked first. Its trust anchors are not there: nothing would vouch for them. Needs no key. Listens
 * nowhere itself; connections are given to it.
 */
export class ListServer {
  readonly #options: ListServerOptions;
  readonly #files: PublishedFiles;
  readonly #server: Server;
  readonly #connections = new ShortConnections();

  constructor(options: ListServerOptions) {
    this.#options = options;
    this.#files = new PublishedFiles(options.dir);
    this.#server = createServer(
      { keepAliveTimeout: TIMEOUT_MS, maxHeaderSize: 8192 },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.timeout = TIMEOUT_MS;
  }

  /** Serves a connection; one too many is closed at once. */
  accept(socket: Socket): void {
    if (this.#connections.admit(socket)) this.#server.emit('connection', socket);
  }

  /** Closes every connection at once. */
  close(): void {
    this.#connections.closeAll();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const [path = ''] = (request.url ?? '').split('?', 1);
      const file = path.endsWith('.crl') ? await this.#files.find(path) : null;
      if (file === null) return answerStatus(response, 404);
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('Allow', 'GET, HEAD');
        return answerStatus(response, 405);
      }
      answerFile(file, request, response, this.#options.now());
    } catch (error) {
      this.#options.onFault(error instanceof Error ? error : new Error(String(error)));
      answerStatus(response, 500);
    }
  }
}

function answerStatus(response: ServerResponse, status: number): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'Content-Length': 0, 'Cache-Control': 'no-store' }).end();
}
