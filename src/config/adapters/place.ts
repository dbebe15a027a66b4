import type { ConfigProblem, Position } from '../problem.ts';

/** A place in one of the files that a foreign configuration consists of. */
export interface Place extends Position {
  /** As problems name it. */
  readonly file: string;
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
