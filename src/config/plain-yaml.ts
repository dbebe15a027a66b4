import { type ConfigNode, MAX_DEPTH, MAX_NODES, type MappingEntry } from './config-node.ts';

/**
 * Reads a YAML text that is written plainly, as most configurations are, in a tenth of the time that a
 * whole YAML parser takes: blocks of mappings and lists, flow collections on one line, plain and quoted
 * scalars on one line without escapes, literal blocks, comments; ASCII without tabs. null for any other
 * text, be it valid or not: what is read here is read by `parseYamlText` to the same nodes.
 */
export function parsePlainYaml(text: string): ConfigNode | null {
  if (OTHER_CHARACTER.test(text)) return null;
  try {
    return new PlainReader(text).document();
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

class PlainReader {
  readonly #text: string;
  /** Where reading stands: at the first character of a line's content, or within the line. */
  #at = 0;
  /** Column of `#at` while it stands at content; -1 past the last line. */
  #indent = 0;
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): ConfigNode {
    this.#findLine();
    // An empty document has no place of its own.
    if (this.#indent === -1) throw NOT_PLAIN;
    const root = this.#block(1);
    if (this.#indent !== -1) throw NOT_PLAIN;
    return root;
  }

  #block(depth: number): ConfigNode {
    return this.#isEntry() ? this.#list(depth) : this.#mapping(depth);
  }

  #mapping(depth: number): ConfigNode {
    this.#count(depth);
    const indent = this.#indent;
    const at = this.#at;
    const entries: MappingEntry[] = [];
    do {
      const keyAt = this.#at;
      const key = this.#key();
      const node = this.#restOfLine() ? this.#inline(indent, depth) : this.#below(indent, depth);
      entries.push({ key, keyAt, node });
    } while (this.#indent === indent && !this.#isEntry());
    if (this.#indent > indent) throw NOT_PLAIN;
    return { kind: 'mapping', at, entries };
  }

  #list(depth: number): ConfigNode {
    this.#count(depth);
    const indent = this.#indent;
    const at = this.#at;
    const items: ConfigNode[] = [];
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
    return { kind: 'list', at, items };
  }

  /** The value of a key that is alone on its line: a block further in, or a list just below the key. */
  #below(indent: number, depth: number): ConfigNode {
    this.#findLine();
    if (this.#indent > indent || (this.#indent === indent && this.#isEntry())) {
      return this.#block(depth + 1);
    }
    throw NOT_PLAIN;
  }

  /** A value within the line; reading then stands at the next one, which may not continue it. */
  #inline(indent: number, depth: number): ConfigNode {
    if (this.#match(LITERAL) !== null) return this.#literal(indent, depth);
    const node = this.#value(depth + 1, BLOCK_SCALAR);
    if (this.#match(LINE_END) === null) throw NOT_PLAIN;
    this.#findLine();
    if (this.#indent > indent) throw NOT_PLAIN;
    return node;
  }

  #value(depth: number, plain: RegExp): ConfigNode {
    this.#count(depth);
    const at = this.#at;
    switch (this.#text[at]) {
      case '{':
        return { kind: 'mapping', at, entries: this.#flowEntries(depth) };
      case '[':
        return { kind: 'list', at, items: this.#flowItems(depth) };
      case '"':
        return { kind: 'scalar', at, value: this.#expect(DOUBLE_QUOTED)[1] ?? '' };
      case "'":
        return { kind: 'scalar', at, value: this.#expect(SINGLE_QUOTED)[1] ?? '' };
      default:
        return { kind: 'scalar', at, value: this.#plain(plain) };
    }
  }

  #flowEntries(depth: number): MappingEntry[] {
    const entries: MappingEntry[] = [];
    if (this.#opens('}')) return entries;
    do {
      this.#skipSpaces();
      const keyAt = this.#at;
      const key = this.#key();
      this.#skipSpaces();
      entries.push({ key, keyAt, node: this.#value(depth + 1, FLOW_SCALAR) });
    } while (this.#another('}'));
    return entries;
  }

  #flowItems(depth: number): ConfigNode[] {
    const items: ConfigNode[] = [];
    if (this.#opens(']')) return items;
    do {
      this.#skipSpaces();
      items.push(this.#value(depth + 1, FLOW_SCALAR));
    } while (this.#another(']'));
    return items;
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

  #key(): string {
    KEY.lastIndex = this.#at;
    if (!KEY.test(this.#text)) throw NOT_PLAIN;
    const key = this.#text.slice(this.#at, KEY.lastIndex - 1);
    this.#at = KEY.lastIndex;
    if (key.length <= LONGEST_SPECIAL && SPECIAL_WORD.test(key)) throw NOT_PLAIN;
    return key;
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
  #literal(indent: number, depth: number): ConfigNode {
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
    return { kind: 'scalar', at, value };
  }

  /** Goes to the content of the next line that has any: not blank, not a comment. */
  #findLine(): void {
    const text = this.#text;
    let line = this.#at === 0 ? 0 : lineEnd(text, this.#at) + 1;
    for (; line < text.length; line = lineEnd(text, line) + 1) {
      const indent = columnAt(text, line);
      const first = text[line + indent];
      if (first === undefined || first === '\n' || first === '#') continue;
      // Markers and directives of documents.
      if (indent === 0 && /[-.%]/.test(first) && !text.startsWith('- ', line)) throw NOT_PLAIN;
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
    return this.#text[this.#at] === '-' && this.#text[this.#at + 1] === ' ';
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
  while (text[at] === ' ') at++;
  return at - line;
}

function isBlank(text: string, line: number): boolean {
  const first = text[line + columnAt(text, line)];
  return first === undefined || first === '\n';
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}
