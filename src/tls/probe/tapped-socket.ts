import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Segment, Side } from '../transcript/transcript.ts';

/** Most bytes that are kept of one connection; what comes after passes unseen. */
const MAX_KEPT = 512 * 1024;

/** A socket for TLS to run on that keeps what passes, with the time. */
export class TappedSocket extends Duplex {
  readonly #raw: Socket;
  readonly #clock: () => number;
  readonly #segments: Segment[] = [];
  #kept = 0;

  /** `raw` is connected, and this one's alone from here on; `clock` is in milliseconds. */
  constructor(raw: Socket, clock: () => number) {
    super();
    this.#raw = raw;
    this.#clock = clock;
    raw.on('data', (bytes: Buffer) => {
      this.#keep('server', bytes);
      if (!this.push(bytes)) raw.pause();
    });
    raw.on('end', () => this.push(null));
    raw.on('close', () => this.destroy());
  }

  /** What has passed so far, in order. */
  get segments(): readonly Segment[] {
    return this.#segments.slice();
  }

  override _read(): void {
    this.#raw.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#keep('client', bytes);
    // A failure of the socket is its own event; here it only means that nothing more is wanted.
    this.#raw.write(bytes, () => done());
  }

  override _final(done: () => void): void {
    this.#raw.end(() => done());
  }

  override _destroy(_error: Error | null, done: () => void): void {
    this.#raw.destroy();
    done();
  }

  #keep(from: Side, bytes: Buffer): void {
    if (this.#kept + bytes.length > MAX_KEPT) return;
    this.#kept += bytes.length;
    this.#segments.push({ from, atMs: this.#clock(), bytes: Buffer.from(bytes) });
  }
}
