/** No line feed yet. */
export const INCOMPLETE = -1;
/** A carriage return that no line feed follows: servers read such lines in different ways. */
export const STRAY_CR = -2;

/** The most words of a line whose places are kept; a line may have more. */
const MOST_WORDS = 6;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/**
 * The words of one control line, as they lie in the bytes of a connection. One object a connection
 * reads line after line. A line ends with LF, with or without CR before it; words are separated by
 * spaces and tabs, any other byte belongs to one.
 */
export class ControlLine {
  /** Words of the line, the verb included. */
  count = 0;
  /** Where the line ends, without CR and LF. */
  end = 0;
  readonly #from = new Int32Array(MOST_WORDS);
  readonly #to = new Int32Array(MOST_WORDS);

  /** Reads the line at `at`. Returns where its LF is, or INCOMPLETE or STRAY_CR. */
  read(bytes: Uint8Array, at: number, length: number): number {
    const from = this.#from;
    const to = this.#to;
    let count = 0;
    let inside = false;
    for (let index = at; index < length; index += 1) {
      const byte = bytes[index];
      if (byte > SPACE) {
        if (!inside) {
          inside = true;
          if (count < MOST_WORDS) from[count] = index;
        }
      } else if (byte === SPACE || byte === TAB) {
        if (inside) {
          inside = false;
          if (count < MOST_WORDS) to[count] = index;
          count += 1;
        }
      } else if (byte === LF) {
        const end = index > at && bytes[index - 1] === CR ? index - 1 : index;
        if (inside) {
          if (count < MOST_WORDS) to[count] = end;
          count += 1;
        }
        this.count = count;
        this.end = end;
        return index;
      } else if (byte === CR) {
        if (index + 1 < length && bytes[index + 1] !== LF) return STRAY_CR;
      } else if (!inside) {
        inside = true;
        if (count < MOST_WORDS) from[count] = index;
      }
    }
    return INCOMPLETE;
  }

  from(word: number): number {
    return this.#from[word];
  }

  to(word: number): number {
    return this.#to[word];
  }
}

/** Reads a decimal number of at most nine digits; -1 where it is none. */
export function readSize(bytes: Uint8Array, from: number, to: number): number {
  if (to <= from || to - from > 9) return -1;
  let size = 0;
  for (let index = from; index < to; index += 1) {
    const digit = bytes[index] - 0x30;
    if (digit < 0 || digit > 9) return -1;
    size = size * 10 + digit;
  }
  return size;
}

/** Whether the bytes are this word, given in lower case, in any case. */
export function isWord(bytes: Uint8Array, from: number, to: number, word: string): boolean {
  return to - from === word.length && startsWith(bytes, from, to, word);
}

/** Whether the bytes start with this word, given in lower case, in any case, or are its start. */
export function startsWith(bytes: Uint8Array, from: number, to: number, word: string): boolean {
  const length = Math.min(word.length, to - from);
  for (let index = 0; index < length; index += 1) {
    const wanted = word.charCodeAt(index);
    const byte = bytes[from + index];
    const isLetter = wanted >= 0x61 && wanted <= 0x7a;
    if ((isLetter ? byte | 0x20 : byte) !== wanted) return false;
  }
  return true;
}
