// An MQTT client or broker on a bare socket: sends what it is told and keeps every packet that comes.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { type Packet, splitPackets } from './mqtt-packets.ts';

const LIMIT_MS = 10_000;

export class MqttClient {
  readonly socket: Socket;
  isEnded = false;
  #received: Buffer = Buffer.alloc(0);
  #changed: (() => void)[] = [];

  /** By TLS with a certificate of the folder, or with none; resolves when that is made or refused. */
  static async connect(port: number, folder: string, name: string | null): Promise<MqttClient> {
    const raw = connectPlain({ host: '127.0.0.1', port, noDelay: true });
    raw.on('error', () => {});
    const file = (suffix: string): Buffer => readFileSync(join(folder, `${name}.${suffix}`));
    const pair = name === null ? {} : { cert: file('crt'), key: file('key') };
    const socket = connectTls({ socket: raw, rejectUnauthorized: false, ...pair });
    const client = new MqttClient(socket);
    await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
    return client;
  }

  /** To a broker without TLS. */
  static async connectPlain(port: number): Promise<MqttClient> {
    const socket = connectPlain({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new MqttClient(socket);
  }

  constructor(socket: Socket) {
    this.socket = socket;
    const changed = (): void => {
      for (const change of this.#changed.splice(0)) change();
    };
    socket.on('error', changed);
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      changed();
    });
    socket.on('close', () => {
      this.isEnded = true;
      changed();
    });
  }

  send(...packets: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(packets));
  }

  /** The next packet; rejects where the connection ends before it. */
  async next(): Promise<Packet> {
    const end = performance.now() + LIMIT_MS;
    for (;;) {
      const { packets, rest } = splitPackets(this.#received);
      const [first, ...others] = packets;
      if (first !== undefined) {
        const left = others.reduce((sum, { body }) => sum + sizeOf(body), rest.length);
        this.#received = this.#received.subarray(this.#received.length - left);
        return first;
      }
      if (this.isEnded || performance.now() > end) {
        const why = this.isEnded ? 'closed' : `nothing in ${LIMIT_MS} ms`;
        throw new Error(`${why}; came: ${this.#received.toString('hex')}`);
      }
      await this.#change(end - performance.now());
    }
  }

  /** The next packet as it came, in hex. */
  async nextHex(): Promise<string> {
    const { first, body } = await this.next();
    return `${first.toString(16).padStart(2, '0')} ${body.toString('hex')}`;
  }

  /** Waits for so many bytes, and takes them. */
  async bytes(count: number): Promise<Buffer> {
    const end = performance.now() + LIMIT_MS;
    while (this.#received.length < count) {
      if (this.isEnded || performance.now() > end) {
        throw new Error(`${this.#received.length} of ${count} bytes came`);
      }
      await this.#change(end - performance.now());
    }
    const taken = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return taken;
  }

  /** Everything until the connection is closed. */
  async end(): Promise<Buffer> {
    const end = performance.now() + LIMIT_MS;
    while (!this.isEnded) {
      if (performance.now() > end) throw new Error(`open; came: ${this.#received.toString('hex')}`);
      await this.#change(end - performance.now());
    }
    return this.#received;
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

/** Bytes of a packet with this body. */
function sizeOf({ length }: Buffer): number {
  return 1 + (length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4) + length;
}
