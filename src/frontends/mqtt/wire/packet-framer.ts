import { HeldBytes } from '../../held-bytes.ts';
import { PacketScanner, PASS } from './packet.ts';

/** What is decided on a packet that does not go on, beside PASS. */
export const DROP = 1;

/**
 * Frames what one side sends, for the whole life of a connection. What passes goes on as slices of the
 * chunks it came in, in as few pieces as can be; only what is asked about is read.
 */
export abstract class PacketFramer {
  /** Whether to tell when the packet under way has ended; false again once that was told. */
  tellsEnd = false;
  protected readonly kinds: Uint8Array;
  protected readonly scan: PacketScanner;
  /** Whether packets that are PASS go on without being judged. */
  protected passesUnseen = true;
  /** Nothing is read any more. */
  protected hasEnded = false;
  readonly #replaced: number;
  readonly #held = new HeldBytes();
  #isDropping = false;

  /** `replaced`: the kind of packet in whose place another may be forwarded while it is judged. */
  constructor(kinds: Uint8Array, maxSize: number, replaced: number) {
    this.kinds = kinds;
    this.scan = new PacketScanner(kinds, maxSize);
    this.#replaced = replaced;
  }

  /** Whether everything that was forwarded is whole, so that something may be put in between. */
  get isBetweenPackets(): boolean {
    return this.scan.left === 0 || this.#isDropping;
  }

  /** Takes what may go on, in order: whole packets and parts of them. */
  protected abstract forward(bytes: Buffer): void;
  /** The packet that was under way when `tellsEnd` was set has been forwarded whole. */
  protected abstract packetEnded(): void;
  /**
   * How many bytes from `at` on it takes to decide on the packet there: more than there are while that
   * can't be known yet. Below zero: a fault.
   */
  protected abstract need(bytes: Buffer, at: number, length: number): number;
  /** Decides on the packet whose head is there: PASS, DROP, or below zero a fault. */
  protected abstract judge(bytes: Buffer, at: number): number;

  /** Takes the next bytes. Below zero: a fault, after which nothing more may be framed. */
  protected frame(chunk: Buffer): number {
    if (this.hasEnded) return 0;
    let at = 0;
    if (this.#held.length > 0) {
      at = this.#complete(chunk);
      if (at < 0) return at;
    }
    const scan = this.scan;
    const { length } = chunk;
    let run = at;
    let fault = 0;
    while (at < length && !this.hasEnded) {
      if (scan.left > 0) {
        const end = Math.min(at + scan.left, length);
        scan.left -= end - at;
        at = end;
        if (this.#isDropping) {
          run = at;
          this.#isDropping = scan.left > 0;
        } else if (this.tellsEnd && scan.left === 0) {
          this.forward(chunk.subarray(run, at));
          run = at;
          this.#tellEnd();
        }
        continue;
      }
      if (this.passesUnseen) {
        at = scan.skip(chunk, at, length);
        if (at === length) break;
      }
      const need = this.need(chunk, at, length);
      if (need > length - at) {
        this.#held.append(chunk.subarray(at));
        break;
      }
      if (need > 0 && this.kinds[chunk[at]] === this.#replaced && at > run) {
        // What becomes of it comes after what came before it.
        this.forward(chunk.subarray(run, at));
        run = at;
      }
      const verdict = need < 0 ? need : this.judge(chunk, at);
      if (verdict < 0) {
        // What came before a fault is as good as if the fault came later.
        fault = verdict;
        break;
      }
      scan.left = scan.size - (need - (scan.body - at));
      if (verdict === DROP) {
        if (at > run) this.forward(chunk.subarray(run, at));
        run = at + need;
        this.#isDropping = scan.left > 0;
      }
      at += need;
    }
    if (at > run) this.forward(chunk.subarray(run, at));
    return fault;
  }

  /**
   * The packet that began in an earlier chunk. Returns where in this one what follows begins; below
   * zero: a fault.
   */
  #complete(chunk: Buffer): number {
    const held = this.#held;
    const scan = this.scan;
    let at = 0;
    for (;;) {
      const { bytes } = held;
      const need = this.need(bytes, 0, bytes.length);
      if (need < 0) return need;
      if (need <= bytes.length) {
        const verdict = this.judge(bytes, 0);
        if (verdict < 0) return verdict;
        scan.left = scan.size - (need - scan.body);
        this.#isDropping = verdict === DROP && scan.left > 0;
        held.take();
        if (verdict === PASS) this.forward(bytes);
        if (this.tellsEnd && scan.left === 0) this.#tellEnd();
        return at;
      }
      if (at === chunk.length) return at;
      const more = Math.min(need - bytes.length, chunk.length - at);
      held.append(chunk.subarray(at, at + more));
      at += more;
    }
  }

  #tellEnd(): void {
    this.tellsEnd = false;
    this.packetEnded();
  }
}
