import { dirname, resolve } from 'node:path';
import { MAX_DEPTH } from '../../config-node.ts';
import { ForeignSyntaxError, type Place, PlaceFinder } from '../place.ts';
import type { Sources } from '../sources.ts';
import { glob } from './glob.ts';

// nginx's configuration language: directives with arguments, ended by ";" or followed by a block.

export interface NginxDirective {
  readonly name: string;
  readonly args: readonly NginxWord[];
  /** null: it ended with ";". Directives that were included stand in their place. */
  readonly block: readonly NginxDirective[] | null;
  readonly place: Place;
}

export interface NginxWord {
  readonly text: string;
  readonly place: Place;
}

const MAX_INCLUDES_DEEP = 16;

/** Reads a configuration with what it includes. Throws ForeignSyntaxError. */
export function parseNginx(path: string, sources: Sources): NginxDirective[] {
  return new Parser(path, dirname(path), sources, 0, null).document();
}

const SPACE = /[ \t\r\n]+/y;
const COMMENT = /#[^\n]*/y;
/** Up to where a bare word may end, and what it may go on with; `{` belongs to it after `$`. */
const PLAIN = /[^\\ \t\r\n;{$]+/y;
const SPECIAL = /\$\{?|\\[^]/y;
const DOUBLE_QUOTED = /[^\\"]+/y;
const SINGLE_QUOTED = /[^\\']+/y;
const ESCAPE = /\\[^]/y;
const AFTER_QUOTES = /(?=[ \t\r\n;{)])/y;

class Parser {
  readonly #text: string;
  readonly #file: string;
  readonly #prefix: string;
  readonly #sources: Sources;
  readonly #includesDeep: number;
  readonly #places: PlaceFinder;
  #at = 0;

  /** `prefix`: where relative names of included files start. `from`: the include; null: the main file. */
  constructor(
    path: string,
    prefix: string,
    sources: Sources,
    includesDeep: number,
    from: Place | null,
  ) {
    this.#file = sources.name(path);
    this.#prefix = prefix;
    this.#sources = sources;
    this.#includesDeep = includesDeep;
    const source = sources.read(path);
    if (source.kind === 'failed') {
      throw new ForeignSyntaxError(
        from ?? { file: this.#file, line: 1, column: 1 },
        source.message,
      );
    }
    this.#text = source.text;
    this.#places = new PlaceFinder(source.text, this.#file);
  }

  document(): NginxDirective[] {
    const directives = this.#directives(0);
    if (this.#at < this.#text.length) this.#fail('"}" closes no block');
    return directives;
  }

  /** Up to the end of the text, or a `}`. */
  #directives(depth: number): NginxDirective[] {
    if (depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`);
    const directives: NginxDirective[] = [];
    for (;;) {
      this.#skipSpace();
      if (this.#at >= this.#text.length || this.#text[this.#at] === '}') return directives;
      const directive = this.#directive(depth);
      if (directive.name !== 'include') directives.push(directive);
      else for (const one of this.#included(directive)) directives.push(one);
    }
  }

  #directive(depth: number): NginxDirective {
    const words: NginxWord[] = [];
    for (;;) {
      const mark = this.#text[this.#at];
      if (mark === ';' || mark === '{') return this.#finish(words, mark, depth);
      if (mark === undefined) {
        const [name] = words;
        this.#fail(`the text ends before the end of ${name?.text ?? 'a directive'}`, name?.place);
      }
      const place = this.#place();
      words.push({ text: this.#word(), place });
      this.#skipSpace();
    }
  }

  #finish(words: readonly NginxWord[], mark: string, depth: number): NginxDirective {
    const [name, ...args] = words;
    if (name === undefined) return this.#fail(`expected a directive before "${mark}"`);
    this.#at++;
    const block = mark === '{' ? this.#block(name, depth) : null;
    return { name: name.text, args, block, place: name.place };
  }

  #block(name: NginxWord, depth: number): NginxDirective[] {
    const directives = this.#directives(depth + 1);
    if (this.#text[this.#at] !== '}') {
      this.#fail(`the block of ${name.text} is not closed`, name.place);
    }
    this.#at++;
    return directives;
  }

  #word(): string {
    const mark = this.#text[this.#at];
    const place = this.#place();
    if (mark !== '"' && mark !== "'") {
      const bare = this.#alternating(PLAIN, SPECIAL);
      if (bare === '') this.#fail('the text ends with a backslash');
      return unescape(bare);
    }
    this.#at++;
    const text = this.#alternating(mark === '"' ? DOUBLE_QUOTED : SINGLE_QUOTED, ESCAPE);
    if (this.#text[this.#at] !== mark) this.#fail(`the text is not closed by ${mark}`, place);
    this.#at++;
    AFTER_QUOTES.lastIndex = this.#at;
    if (this.#at < this.#text.length && !AFTER_QUOTES.test(this.#text)) {
      this.#fail(`expected a space or ";" after ${mark}`);
    }
    return unescape(text);
  }

  /** What one of two patterns matches, again and again. One pattern for all would fail on long texts. */
  #alternating(one: RegExp, other: RegExp): string {
    const start = this.#at;
    while (this.#match(one) || this.#match(other));
    return this.#text.slice(start, this.#at);
  }

  #included({ args, place, block }: NginxDirective): readonly NginxDirective[] {
    const [name] = args;
    if (name === undefined || args.length > 1 || block !== null) {
      return this.#fail('include takes the name of a file, or a pattern', place);
    }
    if (this.#includesDeep >= MAX_INCLUDES_DEEP) {
      this.#fail(`included deeper than ${MAX_INCLUDES_DEEP} files`, place);
    }
    const path = resolve(this.#prefix, name.text);
    const paths = /[*?[]/.test(name.text) ? glob(path, this.#sources) : [path];
    return paths.flatMap((file) =>
      new Parser(file, this.#prefix, this.#sources, this.#includesDeep + 1, place).document(),
    );
  }

  #skipSpace(): void {
    while (this.#match(SPACE) || this.#match(COMMENT));
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #place(): Place {
    return this.#places.at(this.#at);
  }

  #fail(message: string, place: Place = this.#place()): never {
    throw new ForeignSyntaxError(place, message);
  }
}

/** Quotes and backslashes lose the backslash before them, `\t`, `\r` and `\n` mean what they say; others keep it. */
function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(["'\\trn])/g, (_, mark: string) => MEANINGS[mark] ?? mark);
}

const MEANINGS: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' };
