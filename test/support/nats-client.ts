// A NATS client on bare sockets, which sends what it is told and keeps every byte that comes.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';

/** Certificate and key by the name of their files. */
export interface NatsIdentity {
  readonly folder: string;
  readonly name: string;
}

export class NatsClient {
  readonly socket: Socket;
  /** Of the INFO that came first; null: it was not awaited. */
  readonly info: Readonly<Record<string, unknown>> | null;
  received = '';
  isEnded = false;
  #changed: (() => void)[] = [];

  /** INFO, then TLS; rejects where there is none of both within two seconds. */
  static async connect(
    port: number,
    identity: NatsIdentity | null,
    order: 'info-first' | 'tls-first' | 'plain' = 'info-first',
  ): Promise<NatsClient> {
    const raw = connectPlain({ host: '127.0.0.1', port, noDelay: true });
    raw.on('error', () => {});
    const info = order === 'tls-first' ? null : await readInfo(raw);
    if (order === 'plain') return new NatsClient(raw, info);
    const socket = connectTls({
      socket: raw,
      rejectUnauthorized: false,
      ...(identity === null ? {} : readPair(identity)),
    });
    const client = new NatsClient(socket, info);
    await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
    return client;
  }

  constructor(socket: Socket, info: NatsClient['info']) {
    this.socket = socket;
    this.info = info;
    const changed = (): void => {
      for (const change of this.#changed.splice(0)) change();
    };
    socket.on('error', changed);
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      changed();
    });
    socket.on('close', () => {
      this.isEnded = true;
      changed();
    });
  }

  send(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** Waits for what matches, takes it and all that came before it, and gives the match. */
  async read(pattern: RegExp, limitMs = 5000): Promise<RegExpExecArray> {
    const end = performance.now() + limitMs;
    for (;;) {
      const found = pattern.exec(this.received);
      if (found !== null) {
        this.received = this.received.slice(found.index + found[0].length);
        return found;
      }
      const rest = end - performance.now();
      if (this.isEnded || rest <= 0) {
        const what = this.isEnded ? 'closed' : `nothing in ${limitMs} ms`;
        throw new Error(`${what}, waiting for ${pattern}; came: ${JSON.stringify(this.received)}`);
      }
      await this.#change(rest);
    }
  }

  /** What comes between now and the answer to a PING that is sent now. */
  async flush(): Promise<string> {
    this.send('PING\r\n');
    const found = await this.read(/(?<before>[^]*?)PONG\r\n/);
    return found.groups?.['before'] ?? '';
  }

  /** Everything until the connection is closed. */
  async end(limitMs = 5000): Promise<string> {
    const end = performance.now() + limitMs;
    while (!this.isEnded) {
      if (performance.now() > end) throw new Error(`still open; came: ${this.received}`);
      await this.#change(end - performance.now());
    }
    return this.received;
  }

  close(): void {
    this.socket.destroy();
  }

  #change(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, limitMs));
      this.#changed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

const pairs = new Map<string, { cert: Buffer; key: Buffer }>();

function readPair({ folder, name }: NatsIdentity): { cert: Buffer; key: Buffer } {
  const path = join(folder, name);
  let pair = pairs.get(path);
  if (pair === undefined) {
    pair = { cert: readFileSync(`${path}.crt`), key: readFileSync(`${path}.key`) };
    pairs.set(path, pair);
  }
  return pair;
}

/** The first line, which is read to its end and no further. */
async function readInfo(raw: Socket): Promise<Record<string, unknown>> {
  const timer = setTimeout(() => raw.destroy(), 2000);
  let line = '';
  while (!line.includes('\n')) {
    const [chunk] = (await Promise.race([
      once(raw, 'data'),
      once(raw, 'close').then(() => {
        throw new Error(`closed before INFO; came: ${JSON.stringify(line)}`);
      }),
    ])) as [Buffer];
    line += chunk.toString();
  }
  clearTimeout(timer);
  raw.pause();
  if (!line.startsWith('INFO ')) throw new Error(`no INFO: ${line}`);
  return JSON.parse(line.slice(5)) as Record<string, unknown>;
}
