// A client that sends exactly these bytes, and keeps its connection as long as the gateway does.
import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** A final answer to one request, latin1; 101 counts as one. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

export class RawClient {
  readonly #options: ConnectionOptions;
  #socket: TLSSocket | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Sends one request and waits for its answer. Rejects where the connection ends before. */
  async ask(bytes: string): Promise<RawAnswer> {
    if (this.#socket?.writable !== true) this.close();
    this.#socket ??= connect(this.#options).setEncoding('latin1');
    const socket = this.#socket;
    if (socket.listenerCount('error') === 0) socket.on('error', () => {});
    socket.write(bytes, 'latin1');
    let text = '';
    while (!isWhole(text)) text += await nextPart(socket);
    const status = Number(text.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    if (status === 101 || text.includes('\r\nConnection: close\r\n')) this.close();
    return { status, text };
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }
}

/** Waits for ten seconds, and leaves no listener behind. */
async function nextPart(socket: TLSSocket): Promise<string> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(10_000)]);
  const ended = once(socket, 'close', { signal });
  const more = once(socket, 'data', { signal });
  try {
    const [part] = (await Promise.race([more, ended])) as [string | boolean];
    if (typeof part !== 'string') throw new Error('the connection ended before the answer');
    return part;
  } finally {
    over.abort();
    await Promise.allSettled([more, ended]);
  }
}

function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n') + 4;
  const length = Number(/^content-length: (\d+)\r$/im.exec(text)?.[1] ?? 0);
  return head >= 4 && text.length >= head + length;
}
