// Clients that go on asking while something happens to the gateway, and that tell what went wrong.
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tls from 'node:tls';
import type { KeyPair } from './openssl-certificates.ts';

export interface LoadTarget {
  readonly port: number;
  readonly path: string;
  readonly client: KeyPair;
  readonly caPem: string;
}

export interface LoadResult {
  answered: number;
  connections: number;
  /** Closes between requests, after an answer that did not announce one. */
  unannounced: number;
  /** Requests that the gateway said it had not looked at (HTTP/2), and that were asked again. */
  unprocessed: number;
  /** Connections that nobody accepted any more. */
  refused: number;
  readonly failures: string[];
}

/** Runs lanes until it is stopped. */
export class SteadyLoad {
  readonly result: LoadResult = {
    answered: 0,
    connections: 0,
    unannounced: 0,
    unprocessed: 0,
    refused: 0,
    failures: [],
  };
  readonly #target: LoadTarget;
  readonly #lanes: Promise<void>[] = [];
  #isOver = false;

  constructor(target: LoadTarget) {
    this.#target = target;
  }

  /** One client that keeps its HTTP/1.1 connection for as long as it may, with a pause between requests. */
  keepAlive(pauseMs: number): void {
    this.#lanes.push(this.#keepAliveLane(pauseMs));
  }

  /** One client that makes a connection for each request. */
  connectAnew(): void {
    this.#lanes.push(this.#anewLane());
  }

  /** One HTTP/2 client with this many requests at a time. */
  http2(streams: number): void {
    this.#lanes.push(this.#http2Lane(streams));
  }

  /** Lets what is under way end. */
  async stop(): Promise<LoadResult> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
    return this.result;
  }

  async #keepAliveLane(pauseMs: number): Promise<void> {
    while (!this.#isStopped()) {
      const connection = await this.#open(['http/1.1']);
      if (connection === null) continue;
      let keeps = true;
      while (keeps && !this.#isStopped()) {
        keeps = await this.#ask(connection, false);
        if (pauseMs > 0 && keeps) await sleep(pauseMs);
      }
      connection.socket.destroy();
    }
  }

  async #anewLane(): Promise<void> {
    while (!this.#isStopped()) {
      const connection = await this.#open(['http/1.1']);
      if (connection === null) continue;
      await this.#ask(connection, true);
      connection.socket.end();
    }
  }

  async #http2Lane(streams: number): Promise<void> {
    while (!this.#isStopped()) {
      const connection = await this.#open(['h2']);
      if (connection === null) continue;
      const session = connectHttp2(`https://localhost:${this.#target.port}`, {
        createConnection: () => connection.socket,
      });
      let lastStream = Number.POSITIVE_INFINITY;
      session.on('goaway', (_code, last) => (lastStream = Math.min(lastStream, last)));
      session.on('error', () => {});
      const lanes = Array.from({ length: streams }, async () => {
        while (!session.closed && !session.destroyed && !this.#isStopped()) {
          await this.#askHttp2(session, () => lastStream);
        }
      });
      await Promise.all(lanes);
      session.close();
      connection.socket.destroySoon();
    }
  }

  #askHttp2(session: ClientHttp2Session, lastStream: () => number): Promise<void> {
    return new Promise((resolve) => {
      const stream = session.request({ ':path': this.#target.path });
      let status = 0;
      let hasEnded = false;
      stream.on('response', (fields) => (status = Number(fields[':status'])));
      stream.on('end', () => (hasEnded = true));
      stream.on('error', () => {});
      stream.on('close', () => {
        if (status === 200 && hasEnded && stream.rstCode === 0) this.result.answered++;
        else if (stream.id === undefined || stream.id > lastStream()) this.result.unprocessed++;
        else this.#fail(`stream ${stream.id}: status ${status}, reset ${stream.rstCode}`);
        resolve();
      });
      stream.resume();
    });
  }

  #open(alpn: string[]): Promise<Connection | null> {
    const { client, caPem, port } = this.#target;
    return new Promise((resolve) => {
      const socket = tls.connect({
        port,
        host: '127.0.0.1',
        servername: 'localhost',
        ca: caPem,
        cert: client.certPem,
        key: client.keyPem,
        ALPNProtocols: alpn,
        noDelay: true,
      } as tls.ConnectionOptions);
      let isOpen = false;
      socket.once('secureConnect', () => {
        isOpen = true;
        this.result.connections++;
        resolve(new Connection(socket));
      });
      socket.on('error', () => {});
      socket.once('close', () => {
        if (isOpen) return;
        this.result.refused++;
        setTimeout(() => resolve(null), 20);
      });
    });
  }

  /** Whether the connection may be asked again. */
  async #ask(connection: Connection, isLast: boolean): Promise<boolean> {
    if (connection.hasEnded) {
      this.result.unannounced++;
      return false;
    }
    const close = isLast ? 'Connection: close\r\n' : '';
    const answer = await connection.ask(
      `GET ${this.#target.path} HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`,
    );
    if (answer.startsWith('HTTP/1.1 200 ')) this.result.answered++;
    else this.#fail(answer === '' ? 'closed without an answer' : answer.slice(0, 200));
    return answer.startsWith('HTTP/1.1 200 ') && !/^connection: close\r$/im.test(answer);
  }

  #isStopped(): boolean {
    return this.#isOver;
  }

  #fail(what: string): void {
    if (this.result.failures.length < 20) this.result.failures.push(what);
  }
}

/** One HTTP/1.1 connection, a request at a time. */
class Connection {
  readonly socket: tls.TLSSocket;
  hasEnded = false;
  #received = '';
  #waiter: ((answer: string) => void) | null = null;

  constructor(socket: tls.TLSSocket) {
    this.socket = socket;
    if (socket.alpnProtocol === 'h2') return;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('end', () => this.#over());
    socket.on('close', () => this.#over());
  }

  /** The whole answer; what there is of it where the connection ends before. */
  ask(request: string): Promise<string> {
    return new Promise((resolve) => {
      this.#waiter = resolve;
      this.socket.write(request, 'latin1');
    });
  }

  #read(text: string): void {
    this.#received += text;
    const head = this.#received.indexOf('\r\n\r\n');
    if (head === -1) return;
    const length = /^content-length: (\d+)\r$/im.exec(this.#received)?.[1];
    if (length === undefined || this.#received.length < head + 4 + Number(length)) return;
    this.#answer();
  }

  #over(): void {
    this.hasEnded = true;
    this.#answer();
  }

  #answer(): void {
    const waiter = this.#waiter;
    const answer = this.#received;
    this.#waiter = null;
    this.#received = '';
    waiter?.(answer);
  }
}
