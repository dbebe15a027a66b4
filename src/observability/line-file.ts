import { closeSync, constants, fstatSync, openSync, statSync, write } from 'node:fs';
import { MAX_LINE, type PutLine } from './line-bytes.ts';

const STANDARD_OUTPUT = 1;

/** Lines wait for this long, or until there are so many bytes of them. */
const WAIT_MS = 100;
const ENOUGH_BYTES = 131_072;
/** More blocks of so many bytes are not kept while the file takes nothing. */
const MAX_WAITING = 32;
/** What a pipe takes as a whole, whoever else writes into it (POSIX: at least 512; Linux: 4096). */
const PIPE_BYTES = 4096;
/** How often is looked whether the file still has its name. */
const LOOK_MS = 1000;
const AGAIN_MS = 10;

/**
 * Whole lines, appended to a file or to standard output, that several processes may write to: no line
 * stands within another. Lines are gathered and written in the background. A file that was renamed or
 * removed is left for a new one of its name, within a second of the next line. What can't be written is
 * dropped and counted; nothing throws after it was opened.
 */
export class LineFile {
  /** null: standard output. */
  readonly path: string | null;
  dropped = 0;
  readonly #gather: () => void;
  #isExpecting = false;
  #file: number;
  #isPipe: boolean;
  /** Where lines are gathered; there is always room for one more. */
  #block = newBlock();
  #used = 0;
  #lines = 0;
  /** Blocks that wait for the write under way. */
  readonly #waiting: Block[] = [];
  #spare: Buffer | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isWriting = false;
  #lookedAt = 0;
  #isClosed = false;
  #isFileClosed = false;

  /**
   * `gather` appends the lines that are still to be made; it is called after `expect`, before what there is
   * is written, and before the file is closed. Throws the system's error where the file can't be opened.
   */
  constructor(path: string | null, gather: () => void = () => {}) {
    this.path = path;
    this.#gather = gather;
    this.#file = path === null ? STANDARD_OUTPUT : openToAppend(path);
    this.#isPipe = !fstatSync(this.#file).isFile();
  }

  /** Appends the line that `print` makes of `content`. */
  append<Content>(print: PutLine<Content>, content: Content): void {
    if (this.#isClosed || this.#waiting.length >= MAX_WAITING) {
      this.dropped++;
      return;
    }
    this.#used = print(content, this.#block, this.#used);
    this.#lines++;
    if (this.#used >= ENOUGH_BYTES) this.#handOver();
    else this.expect();
  }

  /** There are lines to be gathered, soon enough. */
  expect(): void {
    this.#isExpecting = true;
    if (!this.#isWriting) this.#timer ??= setTimeout(() => this.#flush(), WAIT_MS);
  }

  /** Writes what waits, then closes the file; the process lives until then. */
  close(): void {
    if (this.#isClosed) return;
    this.#flush();
    this.#isClosed = true;
    if (!this.#isWriting) this.#closeFile();
  }

  #flush(): void {
    this.#gather();
    this.#handOver();
  }

  /** Hands over what was gathered, and begins to write it unless something is being written. */
  #handOver(): void {
    this.#isExpecting = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#used > 0) {
      const bytes = this.#block.subarray(0, this.#used);
      this.#waiting.push({ memory: this.#block, bytes, lines: this.#lines });
      this.#block = this.#spare ?? newBlock();
      this.#spare = null;
      this.#used = 0;
      this.#lines = 0;
    }
    if (!this.#isWriting) this.#writeNext();
  }

  #writeNext(): void {
    const next = this.#waiting.shift();
    this.#isWriting = next !== undefined;
    if (next === undefined) {
      if (this.#isClosed) this.#closeFile();
      else if (this.#isExpecting) this.expect();
      return;
    }
    this.#followName();
    this.#write(next, this.#pieces(next.bytes));
  }

  #write(block: Block, pieces: Buffer[]): void {
    const [piece] = pieces;
    if (piece === undefined) {
      this.#spare = block.memory;
      this.#writeNext();
      return;
    }
    write(this.#file, piece, (error, count) => {
      if (error !== null && error.code === 'EAGAIN') {
        setTimeout(() => this.#write(block, pieces), AGAIN_MS);
        return;
      }
      if (error !== null) {
        this.dropped += block.lines;
        this.#writeNext();
        return;
      }
      if (count < piece.length) pieces[0] = piece.subarray(count);
      else pieces.shift();
      this.#write(block, pieces);
    });
  }

  /** What is written at a time: whole lines. */
  #pieces(bytes: Buffer): Buffer[] {
    if (!this.#isPipe) return [bytes];
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const last = bytes.lastIndexOf(LINE_FEED, at + PIPE_BYTES - 1);
      const end = last < at ? bytes.indexOf(LINE_FEED, at) + 1 : last + 1;
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    return pieces;
  }

  #followName(): void {
    const { path } = this;
    const now = performance.now();
    if (path === null || now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    try {
      const there = statSync(path, { throwIfNoEntry: false });
      const own = fstatSync(this.#file);
      if (there !== undefined && there.ino === own.ino && there.dev === own.dev) return;
      const file = openToAppend(path);
      closeSync(this.#file);
      this.#file = file;
    } catch {
      // The old one still takes lines.
    }
  }

  #closeFile(): void {
    if (this.path !== null && !this.#isFileClosed) closeSync(this.#file);
    this.#isFileClosed = true;
  }
}

/** Lines that are written together. */
interface Block {
  readonly memory: Buffer;
  readonly bytes: Buffer;
  readonly lines: number;
}

function newBlock(): Buffer {
  return Buffer.allocUnsafeSlow(ENOUGH_BYTES + MAX_LINE);
}

const LINE_FEED = 0x0a;

function openToAppend(path: string): number {
  const { O_APPEND, O_CREAT, O_WRONLY } = constants;
  return openSync(path, O_APPEND | O_CREAT | O_WRONLY, 0o640);
}
