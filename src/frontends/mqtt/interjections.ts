/** Bytes that may wait. */
const MOST_WAITING = 64 * 1024;

/** Packets of our own that wait for the packet under way to end. */
export class Interjections {
  #packets: Buffer[] = [];
  #bytes = 0;

  /** False: it is in, and so much waits now that no more should come. */
  add(packet: Buffer): boolean {
    this.#packets.push(packet);
    this.#bytes += packet.length;
    return this.#bytes < MOST_WAITING;
  }

  /** All of them, in order. */
  take(): Buffer {
    const all = Buffer.concat(this.#packets);
    this.#packets = [];
    this.#bytes = 0;
    return all;
  }
}
