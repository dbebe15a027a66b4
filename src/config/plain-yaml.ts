import { type ConfigNode, MAX_DEPTH, MAX_NODES, type MappingEntry } from './config-node.ts';
import { type Environment, substituteEnvironment } from './environment.ts';

/**
 * Reads a YAML text that is written plainly, as most configurations are, in a tenth of the time that a
 * whole YAML parser takes: blocks of mappings and lists, flow collections on one line, plain and quoted
 * scalars on one line without escapes, literal blocks, comments; ASCII without tabs. null for any other
 * text, be it valid or not: what is read here is read by `parseYamlText` to the same nodes.
 */
export function parsePlainYaml(text: string): ConfigNode | null {
  return readPlain(text, nodes);
}

/**
 * The same as plain data, in half the time: nothing says where a value stands. `${NAME}` in values is
 * replaced from `environment`. null as well where that fails, or a key stands twice: only nodes tell where.
 */
export function parsePlainYamlValue(text: string, environment: Environment): unknown {
  return readPlain<unknown>(text, new DataBuilder(environment));
}

function readPlain<Value>(text: string, builder: ValueBuilder<Value>): Value | null {
  if (OTHER_CHARACTER.test(text)) return null;
  try {
    return new PlainReader(text, builder).document();
  } catch (error) {
    // A range error: a line of millions of characters, for which an expression runs out of stack.
    if (error === NOT_PLAIN || error instanceof RangeError) return null;
    throw error;
  }
}

const NOT_PLAIN = new Error('not plain YAML');

/** Anything but printable ASCII and line feeds. */
const OTHER_CHARACTER = /[^\n -~]/;
const KEY = /[A-Za-z_][\w.-]{0,99}:(?![^\n ])/y;
/** Keys that are no text, and words that the core schema gives other spellings for. */
const SPECIAL_WORD = /^(?:null|true|false)$/i;
const LONGEST_SPECIAL = 5;
const BLOCK_SCALAR = /[\w/.$(<^=;+~\\][^\n#:]*(?:(?::(?=[^\n ])|(?<=[^ ])#)[^\n#:]*)*/y;
const FLOW_SCALAR = /[\w/.$(<^=;+~\\][^\n#:,[\]{}]*(?::(?=[\w/.-])[^\n#:,[\]{}]*)*/y;
const DOUBLE_QUOTED = /"([^"\\\n]*)"/y;
const SINGLE_QUOTED = /'([^'\n]*)'(?!')/y;
const LINE_END = / *(?: #[^\n]*)?(?=\n|$)/y;
const LITERAL = /\| *(?=\n)/y;
const SPACES = / */y;
const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,14})$/;
const FRACTION = /^(?:0|[1-9]\d{0,5})\.\d{1,6}$/;
/** What may be a number in some notation. */
const NUMERIC = /^[-+]?\.?(?:\d[-+.\w]*|inf|nan)$/i;
const NOT_A_NUMBER = /^(?:\d+(?:ms|s|m|h|d)|(?:\d+\.){2,}\d+)$/;

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const NUMBER_SIGN = 0x23;
const PERCENT = 0x25;
const HYPHEN = 0x2d;
const FULL_STOP = 0x2e;
const COLON = 0x3a;
const LETTERS = charactersOf(/[A-Za-z_/]/);
const WORD_CHARACTERS = charactersOf(/[\w./-]/);
/** Keys that are kept to be compared with. */
const MOST_KEPT = 32;

function charactersOf(pattern: RegExp): readonly boolean[] {
  return Array.from({ length: 128 }, (_, code) => pattern.test(String.fromCharCode(code)));
}

/** What is made of the values that are read. `at` is where each stands. */
interface ValueBuilder<Value> {
  scalar(at: number, value: string | number | boolean): Value;
  list(at: number, items: Value[]): Value;
  mapping(at: number): Value;
  add(mapping: Value, key: string, keyAt: number, value: Value): void;
}

const nodes: ValueBuilder<ConfigNode> = {
  scalar: (at, value) => ({ kind: 'scalar', at, value }),
  list: (at, items) => ({ kind: 'list', at, items }),
  mapping: (at) => ({ kind: 'mapping', at, entries: [] }),
  add: (mapping, key, keyAt, node) => {
    if (mapping.kind === 'mapping') (mapping.entries as MappingEntry[]).push({ key, keyAt, node });
  },
};

class DataBuilder implements ValueBuilder<unknown> {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  scalar(_: number, value: string | number | boolean): unknown {
    if (typeof value !== 'string') return value;
    const result = substituteEnvironment(value, this.#environment);
    if (result.kind === 'failed') throw NOT_PLAIN;
    return result.value;
  }

  list(_: number, items: unknown[]): unknown {
    return items;
  }

  mapping(): unknown {
    return {};
  }

  add(mapping: unknown, key: string, _: number, value: unknown): void {
    const data = mapping as Record<string, unknown>;
    if (key === '__proto__' || Object.hasOwn(data, key)) throw NOT_PLAIN;
    data[key] = value;
  }
}

class PlainReader<Value> {
  readonly #text: string;
  readonly #builder: ValueBuilder<Value>;
  /** The key that a mapping had lately as its first, its second and so on: the next one is likely alike. */
  readonly #lastKeys: string[] = [];
  /** Where reading stands: at the first character of a line's content, or within the line. */
  #at = 0;
  /** Column of `#at` while it stands at content; -1 past the last line. */
  #indent = 0;
  #nodes = 0;

  constructor(text: string, builder: ValueBuilder<Value>) {
    this.#text = text;
    this.#builder = builder;
  }

  document(): Value {
    this.#findLine();
    // An empty document has no place of its own.
    if (this.#indent === -1) throw NOT_PLAIN;
    const root = this.#block(1);
    if (this.#indent !== -1) throw NOT_PLAIN;
    return root;
  }

  #block(depth: number): Value {
    return this.#isEntry() ? this.#list(depth) : this.#mapping(depth);
  }

  #mapping(depth: number): Value {
    this.#count(depth);
    const indent = this.#indent;
    const at = this.#at;
    const mapping = this.#builder.mapping(at);
    let count = 0;
    do {
      const keyAt = this.#at;
      const key = this.#key(count++);
      const value = this.#restOfLine() ? this.#inline(indent, depth) : this.#below(indent, depth);
      this.#builder.add(mapping, key, keyAt, value);
    } while (this.#indent === indent && !this.#isEntry());
    if (this.#indent > indent) throw NOT_PLAIN;
    return mapping;
  }

  #list(depth: number): Value {
    this.#count(depth);
    const indent = this.#indent;
    const at = this.#at;
    const items: Value[] = [];
    do {
      this.#at++;
      const before = this.#at;
      this.#skipSpaces();
      this.#indent += 1 + this.#at - before;
      if (this.#isEntry()) throw NOT_PLAIN;
      KEY.lastIndex = this.#at;
      items.push(KEY.test(this.#text) ? this.#mapping(depth + 1) : this.#inline(indent, depth));
    } while (this.#indent === indent && this.#isEntry());
    if (this.#indent > indent) throw NOT_PLAIN;
    return this.#builder.list(at, items);
  }

  /** The value of a key that is alone on its line: a block further in, or a list just below the key. */
  #below(indent: number, depth: number): Value {
    this.#findLine();
    if (this.#indent > indent || (this.#indent === indent && this.#isEntry())) {
      return this.#block(depth + 1);
    }
    throw NOT_PLAIN;
  }

  /** A value within the line; reading then stands at the next one, which may not continue it. */
  #inline(indent: number, depth: number): Value {
    const value = this.#word(depth) ?? this.#anyInline(indent, depth);
    if (this.#indent > indent) throw NOT_PLAIN;
    return value;
  }

  /**
   * A value that is one word of letters, digits and `_./-` up to the end of its line, and can mean nothing
   * but itself; null: it is not, and reading stands where it stood.
   */
  #word(depth: number): Value | null {
    const text = this.#text;
    const at = this.#at;
    if (!LETTERS[text.charCodeAt(at)]) return null;
    let end = at + 1;
    while (WORD_CHARACTERS[text.charCodeAt(end)]) end++;
    if (end < text.length && text.charCodeAt(end) !== LINE_FEED) return null;
    const isTrue = end - at === 4 && text.startsWith('true', at);
    if (end - at <= LONGEST_SPECIAL && !isTrue) return null;
    this.#count(depth + 1);
    this.#at = end;
    this.#findLine();
    return this.#builder.scalar(at, isTrue ? true : text.slice(at, end));
  }

  #anyInline(indent: number, depth: number): Value {
    if (this.#match(LITERAL) !== null) return this.#literal(indent, depth);
    const value = this.#value(depth + 1, BLOCK_SCALAR);
    if (this.#match(LINE_END) === null) throw NOT_PLAIN;
    this.#findLine();
    return value;
  }

  #value(depth: number, plain: RegExp): Value {
    this.#count(depth);
    const at = this.#at;
    switch (this.#text[at]) {
      case '{':
        return this.#flowMapping(at, depth);
      case '[':
        return this.#flowList(at, depth);
      case '"':
        return this.#builder.scalar(at, this.#expect(DOUBLE_QUOTED)[1] ?? '');
      case "'":
        return this.#builder.scalar(at, this.#expect(SINGLE_QUOTED)[1] ?? '');
      default:
        return this.#builder.scalar(at, this.#plain(plain));
    }
  }

  #flowMapping(at: number, depth: number): Value {
    const mapping = this.#builder.mapping(at);
    if (this.#opens('}')) return mapping;
    let count = 0;
    do {
      this.#skipSpaces();
      const keyAt = this.#at;
      const key = this.#key(count++);
      this.#skipSpaces();
      this.#builder.add(mapping, key, keyAt, this.#value(depth + 1, FLOW_SCALAR));
    } while (this.#another('}'));
    return mapping;
  }

  #flowList(at: number, depth: number): Value {
    const items: Value[] = [];
    if (this.#opens(']')) return this.#builder.list(at, items);
    do {
      this.#skipSpaces();
      items.push(this.#value(depth + 1, FLOW_SCALAR));
    } while (this.#another(']'));
    return this.#builder.list(at, items);
  }

  #opens(close: string): boolean {
    this.#at++;
    this.#skipSpaces();
    if (this.#text[this.#at] !== close) return false;
    this.#at++;
    return true;
  }

  #another(close: string): boolean {
    this.#skipSpaces();
    const next = this.#text[this.#at++];
    if (next === ',') return true;
    if (next === close) return false;
    throw NOT_PLAIN;
  }

  /** The key of a mapping's entry of this number. */
  #key(number: number): string {
    const likely = this.#lastKeys[number];
    if (likely !== undefined && this.#isKey(likely)) {
      this.#at += likely.length + 1;
      return likely;
    }
    KEY.lastIndex = this.#at;
    if (!KEY.test(this.#text)) throw NOT_PLAIN;
    const key = this.#text.slice(this.#at, KEY.lastIndex - 1);
    this.#at = KEY.lastIndex;
    if (key.length <= LONGEST_SPECIAL && SPECIAL_WORD.test(key)) throw NOT_PLAIN;
    if (number < MOST_KEPT) this.#lastKeys[number] = key;
    return key;
  }

  /** Whether the key that stands here is this one. */
  #isKey(key: string): boolean {
    const text = this.#text;
    const colon = this.#at + key.length;
    if (text.charCodeAt(colon) !== COLON || !text.startsWith(key, this.#at)) return false;
    const next = text.charCodeAt(colon + 1);
    return next === SPACE || next === LINE_FEED || colon + 1 === text.length;
  }

  #plain(pattern: RegExp): string | number | boolean {
    const [whole] = this.#expect(pattern);
    const value = whole.trimEnd();
    // What is left must be the end of the line; a comment begins after a space.
    this.#at -= whole.length - value.length;
    if (value === 'true' || value === 'false') return value === 'true';
    if (value === '~' || SPECIAL_WORD.test(value)) throw NOT_PLAIN;
    if (!NUMERIC.test(value) || NOT_A_NUMBER.test(value)) return value;
    if (WHOLE_NUMBER.test(value) || FRACTION.test(value)) return Number(value);
    throw NOT_PLAIN;
  }

  /**
   * `|`: the lines below it, without blank ones among them, as far as they are further in than its key;
   * one line feed ends them. Where they do not end plainly, parsers disagree.
   */
  #literal(indent: number, depth: number): Value {
    this.#count(depth + 1);
    const text = this.#text;
    const at = text.lastIndexOf('|', this.#at);
    let line = this.#at + 1;
    const inner = columnAt(text, line);
    let value = '';
    while (!isBlank(text, line) && columnAt(text, line) >= inner) {
      const end = lineEnd(text, line);
      value += `${text.slice(line + inner, end)}\n`;
      line = end + 1;
    }
    const endsInLine = line > text.length;
    while (text[line] === '\n') line++;
    const next = columnAt(text, line);
    const isPlainEnd = line >= text.length || (next <= indent && /[^ \n#]/.test(text[line + next]));
    if (inner <= indent || value === '' || endsInLine || !isPlainEnd) throw NOT_PLAIN;
    this.#at = line - 1;
    this.#findLine();
    return this.#builder.scalar(at, value);
  }

  /** Goes to the content of the next line that has any: not blank, not a comment. */
  #findLine(): void {
    const text = this.#text;
    let line = this.#at === 0 ? 0 : lineEnd(text, this.#at) + 1;
    for (; line < text.length; line = lineEnd(text, line) + 1) {
      const indent = columnAt(text, line);
      const at = line + indent;
      const first = text.charCodeAt(at);
      if (at >= text.length || first === LINE_FEED || first === NUMBER_SIGN) continue;
      // Markers and directives of documents.
      if (indent === 0 && isMarker(first) && !text.startsWith('- ', line)) throw NOT_PLAIN;
      this.#indent = indent;
      this.#at = line + indent;
      return;
    }
    this.#indent = -1;
  }

  /** Whether a value follows on this line; false where its end comes, after a comment perhaps. */
  #restOfLine(): boolean {
    const space = this.#text[this.#at];
    const first = this.#text[this.#at + 1];
    if (space === ' ' && first !== undefined && first !== ' ' && first !== '#' && first !== '\n') {
      this.#at++;
      return true;
    }
    if (this.#match(LINE_END) !== null) return false;
    this.#skipSpaces();
    return true;
  }

  #isEntry(): boolean {
    const text = this.#text;
    return text.charCodeAt(this.#at) === HYPHEN && text.charCodeAt(this.#at + 1) === SPACE;
  }

  #skipSpaces(): void {
    this.#expect(SPACES);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #expect(pattern: RegExp): RegExpExecArray {
    const found = this.#match(pattern);
    if (found === null) throw NOT_PLAIN;
    return found;
  }

  #count(depth: number): void {
    if (++this.#nodes >= MAX_NODES || depth >= MAX_DEPTH) throw NOT_PLAIN;
  }
}

function columnAt(text: string, line: number): number {
  let at = line;
  while (text.charCodeAt(at) === SPACE) at++;
  return at - line;
}

function isBlank(text: string, line: number): boolean {
  const first = text[line + columnAt(text, line)];
  return first === undefined || first === '\n';
}

/** `---`, `...` and `%YAML` begin so. */
function isMarker(first: number): boolean {
  return first === HYPHEN || first === FULL_STOP || first === PERCENT;
}

function lineEnd(text: string, from: number): number {
  if (text.charCodeAt(from) === LINE_FEED) return from;
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}
