import { closeSync, constants, fstatSync, openSync, statSync, write } from 'node:fs';

const STANDARD_OUTPUT = 1;
/** Lines wait for this long, or until there are so many bytes of them. */
const WAIT_MS = 100;
const ENOUGH_BYTES = 65_536;
/** More than this is not kept while the file takes nothing. */
const MAX_WAITING_BYTES = 4_194_304;
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
  #file: number;
  #isPipe: boolean;
  #waiting = '';
  #lines = 0;
  #timer: NodeJS.Timeout | null = null;
  #isWriting = false;
  #lookedAt = 0;
  #isClosed = false;

  /** Throws the system's error where the file can't be opened. */
  constructor(path: string | null) {
    this.path = path;
    this.#file = path === null ? STANDARD_OUTPUT : openToAppend(path);
    this.#isPipe = !fstatSync(this.#file).isFile();
  }

  /** `line` ends in a line feed and is ASCII, of at most 4096 bytes. */
  append(line: string): void {
    if (this.#isClosed || this.#waiting.length > MAX_WAITING_BYTES) {
      this.dropped++;
      return;
    }
    this.#waiting += line;
    this.#lines++;
    if (this.#isWriting) return;
    if (this.#waiting.length >= ENOUGH_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), WAIT_MS);
  }

  /** Writes what waits, then closes the file; the process lives until then. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isWriting) return;
    if (this.#waiting === '') this.#closeFile();
    else this.#flush();
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#isWriting || this.#waiting === '') return;
    this.#followName();
    const bytes = Buffer.from(this.#waiting, 'latin1');
    const lines = this.#lines;
    this.#waiting = '';
    this.#lines = 0;
    this.#isWriting = true;
    this.#write(this.#pieces(bytes), lines);
  }

  #write(pieces: Buffer[], lines: number): void {
    const [piece] = pieces;
    if (piece === undefined) return this.#written();
    write(this.#file, piece, (error, count) => {
      if (error !== null && error.code === 'EAGAIN') {
        setTimeout(() => this.#write(pieces, lines), AGAIN_MS);
        return;
      }
      if (error !== null) {
        this.dropped += lines;
        return this.#written();
      }
      if (count < piece.length) pieces[0] = piece.subarray(count);
      else pieces.shift();
      this.#write(pieces, lines);
    });
  }

  #written(): void {
    this.#isWriting = false;
    if (this.#isClosed && this.#waiting === '') this.#closeFile();
    else if (this.#isClosed || this.#waiting.length >= ENOUGH_BYTES) this.#flush();
    else if (this.#waiting !== '') this.#timer ??= setTimeout(() => this.#flush(), WAIT_MS);
  }

  /** What is written at a time: whole lines. */
  #pieces(bytes: Buffer): Buffer[] {
    if (!this.#isPipe) return bytes.length === 0 ? [] : [bytes];
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
    if (this.path !== null) closeSync(this.#file);
  }
}

const LINE_FEED = 0x0a;

function openToAppend(path: string): number {
  const { O_APPEND, O_CREAT, O_WRONLY } = constants;
  return openSync(path, O_APPEND | O_CREAT | O_WRONLY, 0o640);
}
