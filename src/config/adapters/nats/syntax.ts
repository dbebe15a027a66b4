import { dirname, join } from 'node:path';
import { MAX_DEPTH } from '../../config-node.ts';
import type { Environment } from '../../environment.ts';
import { ForeignSyntaxError, type Place, PlaceFinder } from '../place.ts';
import type { Sources } from '../sources.ts';

// nats-server's configuration language: blocks, arrays and values with few marks between them.

export type NatsNode = NatsScalar | NatsList | NatsMap;

export interface NatsScalar {
  readonly kind: 'text' | 'integer' | 'float' | 'flag' | 'date';
  readonly place: Place;
  readonly value: string | number | boolean;
}

export interface NatsList {
  readonly kind: 'list';
  readonly place: Place;
  readonly items: readonly NatsNode[];
}

export interface NatsMap {
  readonly kind: 'map';
  readonly place: Place;
  /** By key as it is written; of two equal ones the last. */
  readonly entries: Map<string, NatsEntry>;
  /** Those that an equal key further down took the place of. */
  readonly overridden: NatsEntry[];
}

export interface NatsEntry {
  readonly key: string;
  /** Of the key. */
  readonly place: Place;
  readonly node: NatsNode;
  /** Whether some `$KEY` stands for it. */
  used: boolean;
}

const MAX_INCLUDES_DEEP = 16;

/** Reads a configuration with what it includes. Throws ForeignSyntaxError. */
export function parseNats(path: string, sources: Sources, environment: Environment): NatsMap {
  return parseFile(path, null, sources, environment, 0);
}

function parseFile(
  path: string,
  from: Place | null,
  sources: Sources,
  environment: Environment,
  depth: number,
): NatsMap {
  const file = sources.name(path);
  const start = from ?? { file, line: 1, column: 1 };
  if (depth > MAX_INCLUDES_DEEP) {
    throw new ForeignSyntaxError(start, `included deeper than ${MAX_INCLUDES_DEEP} files`);
  }
  const source = sources.read(path);
  if (source.kind === 'failed') throw new ForeignSyntaxError(start, source.message);
  const include = (name: string, at: Place): NatsMap =>
    parseFile(join(dirname(path), name), at, sources, environment, depth + 1);
  return new Parser(source.text, file, environment, include, 0).document();
}

const SPACE = /[\s\u0085]*/y;
const BLANK = /[ \t]*/y;
const BARE_KEY = /[^\s\u0085:=]*/y;
const BARE_END = /[\n\r;,\]} \t'\\]/g;
const NUMBER = /-?\d+(?:\.\d+|(?:[kKmMgGtTpPeE][iI]?[bB]*))?(?=[\s;,\]}]|$)/y;
const DATE = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/y;
const FLAGS = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['no', false],
  ['off', false],
]);
const POWERS = 'kmgtpe';
const MAX_VARIABLES_DEEP = 8;

class Parser {
  readonly #text: string;
  readonly #file: string;
  readonly #environment: Environment;
  readonly #include: (name: string, at: Place) => NatsMap;
  readonly #variablesDeep: number;
  readonly #places: PlaceFinder;
  /** The blocks around the current place, the innermost last: what `$NAME` is looked for in. */
  readonly #scopes: NatsMap[] = [];
  #at = 0;

  constructor(
    text: string,
    file: string,
    environment: Environment,
    include: (name: string, at: Place) => NatsMap,
    variablesDeep: number,
  ) {
    this.#text = text;
    this.#file = file;
    this.#environment = environment;
    this.#include = include;
    this.#variablesDeep = variablesDeep;
    this.#places = new PlaceFinder(text, file);
  }

  document(): NatsMap {
    const root = this.#openMap();
    let braces = 0;
    for (;;) {
      this.#skipSpaceAndComments();
      if (this.#at >= this.#text.length) return root;
      // Braces around everything, as in JSON, mean nothing.
      if (this.#skip('{')) braces++;
      else if (braces > 0 && this.#skip('}')) braces--;
      else {
        this.#entry(root, 0);
        this.#endOfTopValue();
      }
    }
  }

  #openMap(): NatsMap {
    const map: NatsMap = { kind: 'map', place: this.#place(), entries: new Map(), overridden: [] };
    this.#scopes.push(map);
    return map;
  }

  #entry(map: NatsMap, depth: number): void {
    const place = this.#place();
    const key = this.#key();
    if (key === null) {
      this.#includeInto(map);
      return;
    }
    this.#match(SPACE);
    const isSeparated = this.#skip(':') || this.#skip('=');
    if (isSeparated) this.#match(depth === 0 ? BLANK : SPACE);
    if (this.#at >= this.#text.length) this.#fail(`${quote(key)} has no value`, place);
    this.#set(map, { key, place, node: this.#value(depth), used: false });
  }

  #set(map: NatsMap, entry: NatsEntry): void {
    const earlier = map.entries.get(entry.key);
    if (earlier !== undefined) map.overridden.push(earlier);
    map.entries.set(entry.key, entry);
  }

  /** null: the keyword `include`. */
  #key(): string | null {
    const first = this.#text[this.#at] ?? '';
    if (first === ':' || first === '=') this.#fail(`expected a key before "${first}"`);
    if (first === ']') this.#fail('"]" closes no array');
    if (first === '"' || first === "'") return this.#until(first, this.#place());
    const key = this.#match(BARE_KEY);
    const end = this.#text[this.#at] ?? '';
    if (key.toLowerCase() === 'include' && end !== ':' && end !== '=') return null;
    return key;
  }

  #includeInto(map: NatsMap): void {
    const place = this.#place();
    this.#match(BLANK);
    const first = this.#text[this.#at] ?? '';
    if (/^[[{(\\\n\r\d-]?$/.test(first)) this.#fail('expected the name of a file after include');
    const name =
      first === '"' || first === "'" ? this.#until(first, place) : this.#match(/[^\s;}']+/y);
    const included = this.#include(name, place);
    for (const entry of [...included.overridden, ...included.entries.values()]) {
      this.#set(map, entry);
    }
  }

  #value(depth: number): NatsNode {
    const place = this.#place();
    if (depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`);
    const first = this.#text[this.#at] ?? '';
    switch (first) {
      case '[':
        return this.#list(place, depth + 1);
      case '{':
        return this.#map(depth + 1);
      case "'":
        return { kind: 'text', place, value: this.#until(first, place) };
      case '"':
        return { kind: 'text', place, value: this.#escaped(place) };
      case '(':
        return { kind: 'text', place, value: this.#block(place) };
      case '\n':
      case '\r':
      case '':
        return this.#fail('expected a value before the end of the line');
      case '.':
        return this.#fail('a number begins with a digit');
      case ',':
        return this.#fail('expected a value before ","');
    }
    return this.#number(place) ?? this.#bare(place);
  }

  #list(place: Place, depth: number): NatsList {
    this.#at++;
    const items: NatsNode[] = [];
    for (;;) {
      this.#skipSpaceAndComments();
      if (this.#skip(']')) return { kind: 'list', place, items };
      if (this.#at >= this.#text.length) this.#fail('the array is not closed', place);
      items.push(this.#value(depth));
      const isOnNextLine = this.#skipToNextLine();
      if (!this.#skip(',') && !isOnNextLine && this.#text[this.#at] !== ']') {
        this.#fail('expected "," or "]" or a new line after a value of an array');
      }
    }
  }

  #map(depth: number): NatsMap {
    const map = this.#openMap();
    this.#at++;
    for (;;) {
      this.#skipSpaceAndComments();
      if (this.#skip('}')) break;
      if (this.#at >= this.#text.length) this.#fail('the block is not closed', map.place);
      this.#entry(map, depth);
      const isOnNextLine = this.#skipToNextLine();
      if (!this.#skip(',') && !this.#skip(';') && !isOnNextLine && this.#text[this.#at] !== '}') {
        this.#fail('expected ",", ";", "}" or a new line after a value');
      }
    }
    this.#scopes.pop();
    return map;
  }

  #endOfTopValue(): void {
    const isOnNextLine = this.#skipToNextLine();
    if (isOnNextLine || this.#at >= this.#text.length) return;
    if (this.#skip(';') || this.#skip(',') || this.#text[this.#at] === '}') return;
    this.#fail('expected a new line, ";" or "," after a value');
  }

  /** Steps over blanks, and over a comment and the end of the line if they follow. */
  #skipToNextLine(): boolean {
    this.#match(BLANK);
    const hadComment = this.#skipComment();
    if (hadComment && this.#at >= this.#text.length) return true;
    return this.#skip('\n') || (this.#skip('\r') && (this.#skip('\n') || true));
  }

  #skipSpaceAndComments(): void {
    do this.#match(SPACE);
    while (this.#skipComment());
  }

  #skipComment(): boolean {
    const text = this.#text;
    if (text[this.#at] !== '#' && !text.startsWith('//', this.#at)) return false;
    this.#match(/[^\n\r]*/y);
    return true;
  }

  #number(place: Place): NatsScalar | null {
    const date = this.#match(DATE);
    if (date !== '') return { kind: 'date', place, value: date };
    const number = this.#match(NUMBER);
    if (number === '') {
      if (this.#text[this.#at] === '-') this.#fail('expected a number after "-"');
      return null;
    }
    if (number.includes('.')) return { kind: 'float', place, value: Number(number) };
    const [, digits = '', power = '', rest = ''] = /^(-?\d+)([a-z]?)(.*)$/i.exec(number) ?? [];
    const exponent = power === '' ? 0 : POWERS.indexOf(power.toLowerCase()) + 1;
    const value = Number(digits) * (rest === '' ? 1000 : 1024) ** exponent;
    if (!Number.isSafeInteger(value)) this.#fail(`${quote(number)} is out of range`, place);
    return { kind: 'integer', place, value };
  }

  #bare(place: Place): NatsNode {
    const start = this.#at;
    let value = '';
    let isEscaped = false;
    for (;;) {
      BARE_END.lastIndex = this.#at;
      const end = BARE_END.exec(this.#text)?.index ?? this.#text.length;
      value += this.#text.slice(this.#at, end);
      this.#at = end;
      if (this.#text[end] !== '\\') break;
      value += this.#escape();
      isEscaped = true;
    }
    if (this.#at === start) this.#fail('expected a value');
    this.#skip("'");
    if (isEscaped) return { kind: 'text', place, value };
    const flag = FLAGS.get(value.toLowerCase());
    if (flag !== undefined) return { kind: 'flag', place, value: flag };
    return value.startsWith('$')
      ? this.#variable(value.slice(1), place)
      : { kind: 'text', place, value };
  }

  /** What `$NAME` stands for: the nearest key before it, else the environment variable. */
  #variable(name: string, place: Place): NatsNode {
    // A bcrypt hash may stand without quotes.
    if (name.startsWith('2a$')) return { kind: 'text', place, value: `$${name}` };
    for (const scope of this.#scopes.toReversed()) {
      const entry = scope.entries.get(name);
      if (entry === undefined) continue;
      entry.used = true;
      return { ...entry.node, place };
    }
    const value = Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
    const node = value === undefined ? undefined : this.#environmentValue(value);
    if (node !== undefined) return { ...node, place };
    return this.#fail(
      `${quote(`$${name}`)} is neither a key before this one nor an environment variable`,
      place,
    );
  }

  /** A variable's text is read as a value of this language; undefined: it can't be. */
  #environmentValue(text: string): NatsNode | undefined {
    if (this.#variablesDeep >= MAX_VARIABLES_DEEP) return undefined;
    const noInclude = (_: string, at: Place): never => {
      throw new ForeignSyntaxError(at, 'include in a variable');
    };
    try {
      return new Parser(
        `value=${text}`,
        this.#file,
        this.#environment,
        noInclude,
        this.#variablesDeep + 1,
      )
        .document()
        .entries.get('value')?.node;
    } catch (error) {
      if (error instanceof ForeignSyntaxError) return undefined;
      throw error;
    }
  }

  /** The text up to the closing quote, as it stands. */
  #until(mark: string, place: Place): string {
    const end = this.#text.indexOf(mark, this.#at + 1);
    if (end === -1) this.#fail(`the text is not closed by ${mark}`, place);
    const value = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return value;
  }

  #escaped(place: Place): string {
    this.#at++;
    let value = '';
    for (;;) {
      const part = this.#match(/[^"\\]*/y);
      value += part;
      if (this.#skip('"')) return value;
      if (this.#text[this.#at] !== '\\') this.#fail('the text is not closed by "', place);
      value += this.#escape();
    }
  }

  #escape(): string {
    const escape = this.#match(/\\(?:x[0-9a-f]{2}|[tnr"\\])/iy);
    const simple = ESCAPES.get(escape);
    if (simple !== undefined) return simple;
    if (!escape.startsWith('\\x')) {
      this.#fail('after "\\" comes one of x (and two hexadecimal digits), t, n, r, " and \\');
    }
    return String.fromCharCode(Number.parseInt(escape.slice(2), 16));
  }

  /** A text in parentheses, up to a `)` that is alone on its line. */
  #block(place: Place): string {
    const close = /\n\)(?=\n|$)/g;
    close.lastIndex = this.#at;
    const end = close.exec(this.#text)?.index;
    if (end === undefined)
      return this.#fail('the text is not closed by ")" alone on a line', place);
    const value = this.#text.slice(this.#at + 1, end + 1);
    this.#at = end + 2;
    return value;
  }

  #skip(mark: string): boolean {
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #place(): Place {
    return this.#places.at(this.#at);
  }

  #fail(message: string, place: Place = this.#place()): never {
    throw new ForeignSyntaxError(place, message);
  }
}

const ESCAPES = new Map([
  ['\\t', '\t'],
  ['\\n', '\n'],
  ['\\r', '\r'],
  ['\\"', '"'],
  ['\\\\', '\\'],
]);

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
}
