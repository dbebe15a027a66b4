/** What becomes of a directive of another program. */
export interface DirectiveMeaning {
  /** All its spellings, the usual one first. */
  readonly names: readonly string[];
  /**
   * `taken`: it becomes part of the document. `notice`: it has no equivalent, and nobody gets in for
   * that; the meaning is said. `refused`: leaving it out would weaken something; the meaning is the error.
   */
  readonly treatment: 'taken' | 'notice' | 'refused';
  readonly meaning: string;
}

/** The directives of one kind of block. Its documentation is made from the same rows. */
export interface DirectiveTable {
  /** The block, as its heading says it. */
  readonly block: string;
  readonly rows: readonly DirectiveMeaning[];
}

/** Finds a row by any spelling. */
export class Directives {
  readonly #byName = new Map<string, DirectiveMeaning>();

  constructor({ rows }: DirectiveTable) {
    for (const row of rows) for (const name of row.names) this.#byName.set(name, row);
  }

  get names(): Iterable<string> {
    return this.#byName.keys();
  }

  find(name: string): DirectiveMeaning | undefined {
    return this.#byName.get(name);
  }
}

/** A row for a directive that becomes part of the document. */
export function taken(names: string, meaning: string): DirectiveMeaning {
  return { names: names.split(' '), treatment: 'taken', meaning };
}

/** A row for a directive that is left out, which is said. */
export function noticed(names: string, meaning: string): DirectiveMeaning {
  return { names: names.split(' '), treatment: 'notice', meaning };
}

/** A row for a directive that must not be left out. */
export function refused(names: string, meaning: string): DirectiveMeaning {
  return { names: names.split(' '), treatment: 'refused', meaning };
}
