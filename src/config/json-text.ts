import { type ConfigNode, ConfigSyntaxError, type MappingEntry, MAX_DEPTH } from './config-node.ts';

/** Reads JSON (RFC 8259) strictly, keeping where each value stands. Throws ConfigSyntaxError. */
export function parseJsonText(text: string): ConfigNode {
  const reader = new JsonReader(text);
  const node = reader.value(0);
  reader.end();
  return node;
}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith('\ufeff')) this.#at = 1;
  }

  value(depth: number): ConfigNode {
    this.#space();
    const at = this.#at;
    switch (this.#text[at]) {
      case '{':
        return { kind: 'mapping', at, entries: this.#entries(depth + 1) };
      case '[':
        return { kind: 'list', at, items: this.#items(depth + 1) };
      case '"':
        return { kind: 'scalar', at, value: this.#string() };
      default:
        return { kind: 'scalar', at, value: this.#word() };
    }
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail('text after the end of the document');
  }

  #entries(depth: number): MappingEntry[] {
    const entries: MappingEntry[] = [];
    if (this.#open('}', depth)) return entries;
    do {
      this.#space();
      const keyAt = this.#at;
      if (this.#text[keyAt] !== '"') this.#fail('expected a key in double quotes');
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') this.#fail('expected ":" after the key');
      this.#at++;
      entries.push({ key, keyAt, node: this.value(depth) });
    } while (this.#another('}'));
    return entries;
  }

  #items(depth: number): ConfigNode[] {
    const items: ConfigNode[] = [];
    if (this.#open(']', depth)) return items;
    do items.push(this.value(depth));
    while (this.#another(']'));
    return items;
  }

  // Steps over the opening bracket; true where the closing one follows at once.
  #open(close: string, depth: number): boolean {
    if (depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH} levels`);
    this.#at++;
    this.#space();
    if (this.#text[this.#at] !== close) return false;
    this.#at++;
    return true;
  }

  #another(close: string): boolean {
    this.#space();
    const next = this.#text[this.#at];
    if (next !== ',' && next !== close) this.#fail(`expected "," or "${close}"`);
    this.#at++;
    return next === ',';
  }

  #string(): string {
    const start = this.#at;
    let at = start + 1;
    let isEscaped = false;
    for (let code = this.#text.charCodeAt(at); code !== QUOTE; code = this.#text.charCodeAt(at)) {
      // At the end of the text there is no code, and no comparison with it holds.
      if (!(code >= SPACE))
        this.#fail('a string that does not end or has a control character in it');
      if (code === BACKSLASH) isEscaped = true;
      at += code === BACKSLASH ? 2 : 1;
    }
    this.#at = at + 1;
    if (!isEscaped) return this.#text.slice(start + 1, at);
    try {
      return JSON.parse(this.#text.slice(start, at + 1)) as string;
    } catch {
      throw new ConfigSyntaxError(start, 'a string with an unknown escape');
    }
  }

  #word(): number | boolean | null {
    WORD.lastIndex = this.#at;
    const found = WORD.exec(this.#text);
    if (found === null) {
      this.#fail(this.#at < this.#text.length ? 'expected a value' : 'the text ends too early');
    }
    this.#at = WORD.lastIndex;
    return JSON.parse(found[0]) as number | boolean | null;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #fail(message: string): never {
    throw new ConfigSyntaxError(this.#at, message);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const WORD = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
