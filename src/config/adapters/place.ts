import type { ConfigProblem, Position } from '../problem.ts';

/** A place in one of the files that a foreign configuration consists of. */
export interface Place extends Position {
  /** As problems name it. */
  readonly file: string;
}

/** Tells places in one text. They are asked for in rising order, so that each line's end is looked for once. */
export class PlaceFinder {
  readonly #text: string;
  readonly #file: string;
  #line = 1;
  #lineStart = 0;
  /** Where the current line ends; null: not looked for yet. */
  #lineEnd: number | null = null;

  /** `file`: as places name it. */
  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  /** The place of the character at `offset`, which is not before the one that was last asked for. */
  at(offset: number): Place {
    for (;;) {
      this.#lineEnd ??= lineEnd(this.#text, this.#lineStart);
      if (offset <= this.#lineEnd) break;
      this.#line++;
      this.#lineStart = this.#lineEnd + 1;
      this.#lineEnd = null;
    }
    return { file: this.#file, line: this.#line, column: offset - this.#lineStart + 1 };
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

/** A text that its language can't read. */
export class ForeignSyntaxError extends Error {
  override readonly name = 'ForeignSyntaxError';
  readonly place: Place;

  constructor(place: Place, message: string) {
    super(message);
    this.place = place;
  }
}

/** Sorts by file, in the order in which the files first appear, then by line and column. */
export function inOrder<Entry extends Pick<ConfigProblem, 'file' | 'position'>>(
  entries: readonly Entry[],
): Entry[] {
  const files = new Map<string, number>();
  for (const { file } of entries) if (!files.has(file)) files.set(file, files.size);
  return entries.toSorted(
    (a, b) =>
      (files.get(a.file) ?? 0) - (files.get(b.file) ?? 0) ||
      (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
      (a.position?.column ?? 0) - (b.position?.column ?? 0),
  );
}
