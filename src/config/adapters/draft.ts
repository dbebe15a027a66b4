import type { ConfigDocument } from '../document.ts';
import type { ConfigPath, ConfigProblem, Position } from '../problem.ts';
import type { AdapterResult, Notice } from './adapter.ts';
import { inOrder, type Place } from './place.ts';

/** A mapping of the document that is being made. */
export type DraftMapping = Record<string, unknown>;

/** Most errors that are reported; whoever mends them hears of the others. */
const MAX_PROBLEMS = 1000;

/** Collects what an adapter makes of a file: the document with the places it came from, notices, errors. */
export class Draft {
  readonly root: DraftMapping = {};
  /** By place and text: what is included twice, or inherited, is met with more than once. */
  readonly #notices = new Map<string, Notice>();
  readonly #problems = new Map<string, ConfigProblem>();
  /** Places that a message was made for. */
  readonly #costly = new Set<string>();
  readonly #places = new WeakMap<object, Map<PropertyKey, Place>>();
  readonly #start: Place;

  /** `file` as it was named. */
  constructor(file: string) {
    this.#start = { file, line: 1, column: 1 };
  }

  /** Sets a key that came from `place`. */
  set(mapping: DraftMapping, key: string, value: unknown, place: Place): void {
    // Assigning to `__proto__` would set the prototype.
    Object.defineProperty(mapping, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
    this.#remember(mapping, key, place);
  }

  /** Adds an item that came from `place`. */
  push(list: unknown[], value: unknown, place: Place): void {
    this.#remember(list, list.length, place);
    list.push(value);
  }

  notice(place: Place, directive: string, message: string): void {
    const { file, line, column } = place;
    const notice = { file, position: { line, column }, directive, message };
    this.#notices.set(JSON.stringify(notice), notice);
  }

  /**
   * A message that costs something is made only where it is kept, and once for a place: a file may be
   * included a thousand times.
   */
  error(place: Place, text: string | (() => string)): void {
    if (this.#problems.size >= MAX_PROBLEMS) return;
    const { file, line, column } = place;
    if (typeof text !== 'string') {
      const key = `${line}:${column}:${file}`;
      if (this.#costly.has(key)) return;
      this.#costly.add(key);
    }
    const message = typeof text === 'string' ? text : text();
    const problem = { file, position: { line, column }, message };
    this.#problems.set(JSON.stringify(problem), problem);
  }

  get failed(): boolean {
    return this.#problems.size > 0;
  }

  /** The outcome, with notices and errors in the order of the text. */
  result(directory: string, files: readonly string[]): AdapterResult {
    const notices = inOrder([...this.#notices.values()]);
    if (this.failed) {
      return { kind: 'invalid', problems: inOrder([...this.#problems.values()]), notices, files };
    }
    return { kind: 'adapted', document: this.#document(), directory, notices, files };
  }

  #document(): ConfigDocument {
    const { file } = this.#start;
    return { file, value: this.root, position: (path) => this.#position(path) };
  }

  /** The place of the innermost key on the way that has one. */
  #position(path: ConfigPath): Position {
    let found = this.#start;
    let node: unknown = this.root;
    for (const part of path) {
      if (typeof node !== 'object' || node === null) break;
      found = this.#places.get(node)?.get(part) ?? found;
      node = Object.hasOwn(node, part) ? (node as Record<PropertyKey, unknown>)[part] : null;
    }
    return found;
  }

  #remember(container: object, key: PropertyKey, place: Place): void {
    const places = this.#places.get(container) ?? new Map<PropertyKey, Place>();
    this.#places.set(container, places.set(key, place));
  }
}
