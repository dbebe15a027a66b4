/** Bytes that may wait. */
const MOST_WAITING = 64 * 1024;

/** What is ours and waits for the message under way to end. */
export class Interjections {
  #waiting: Buffer[] = [];
  #bytes = 0;

  /** False: it is in, and so much waits now that no more should come. */
  add(message: Buffer): boolean {
    this.#waiting.push(message);
    this.#bytes += message.length;
    return this.#bytes < MOST_WAITING;
  }

  /** All of them, in order. */
  take(): Buffer {
    const all = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#bytes = 0;
    return all;
  }
}
