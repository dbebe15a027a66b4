import { type ConfigNode, ConfigSyntaxError } from './config-node.ts';
import { type Environment, substituteEnvironment } from './environment.ts';
import { parseJsonText } from './json-text.ts';
import type { ConfigPath, ConfigProblem, Position } from './problem.ts';
import { parsePlainYamlValue } from './plain-yaml.ts';
import { parseYamlText } from './yaml-text.ts';

/** A configuration as plain data, with the place of everything in it. */
export interface ConfigDocument {
  /** The configuration as problems name it. */
  readonly file: string;
  readonly value: unknown;
  /**
   * Where the value at `path` stands, or its key. Where the path leads to nothing (a missing key), the
   * closest place that there is. null: the document was not read from a text.
   */
  position(path: ConfigPath, of?: 'key' | 'value'): Position | null;
}

export type DocumentResult =
  | { readonly kind: 'document'; readonly document: ConfigDocument }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

/** Longest configuration that is read, in bytes. */
export const MAX_CONFIG_BYTES = 64 * 1024 * 1024;

/**
 * Reads a configuration: strict JSON where the file's name ends in `.json`, otherwise YAML 1.2.
 * `${NAME}` in values (never in keys) is replaced from `environment`; such values stay text. Duplicate
 * keys, unset variables and text that isn't UTF-8 are problems.
 */
export function parseConfigDocument(
  bytes: Uint8Array,
  file: string,
  environment: Environment,
): DocumentResult {
  if (bytes.length > MAX_CONFIG_BYTES) {
    return invalid(file, null, `longer than ${MAX_CONFIG_BYTES} bytes`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return invalid(file, null, 'the text is not UTF-8');
  }
  const lines = new LineIndex(text);
  const isJson = file.endsWith('.json');
  const plain = isJson ? null : parsePlainYamlValue(text, environment);
  if (plain !== null) {
    // Where a value stands is asked for where something is to be said about it.
    let nodes: ConfigNode | null = null;
    const position: ConfigDocument['position'] = (path, of = 'value') => {
      nodes ??= parseYamlText(text);
      return lines.position(find(nodes, path, of));
    };
    return { kind: 'document', document: { file, value: plain, position } };
  }
  let root: ConfigNode;
  try {
    root = isJson ? parseJsonText(text) : parseYamlText(text);
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError)) throw error;
    return invalid(file, lines.position(error.at), `${error.message}${foreignHint(file)}`);
  }
  const problems: ConfigProblem[] = [];
  const value = plainValue(root, environment, (at, message) => {
    problems.push({ file, position: lines.position(at), message });
  });
  if (problems.length > 0) return { kind: 'invalid', problems };
  return {
    kind: 'document',
    document: {
      file,
      value,
      position: (path, of = 'value') => lines.position(find(root, path, of)),
    },
  };
}

/** What has no syntax of ours may well be another program's. */
function foreignHint(file: string): string {
  if (!file.endsWith('.conf')) return '';
  return "; for nats-server's or nginx's configuration say --adapter nats or --adapter nginx";
}

function invalid(file: string, position: Position | null, message: string): DocumentResult {
  return { kind: 'invalid', problems: [{ file, position, message }] };
}

function plainValue(
  node: ConfigNode,
  environment: Environment,
  report: (at: number, message: string) => void,
): unknown {
  if (node.kind === 'list') return node.items.map((item) => plainValue(item, environment, report));
  if (node.kind === 'scalar') {
    if (typeof node.value !== 'string') return node.value;
    const result = substituteEnvironment(node.value, environment);
    if (result.kind === 'done') return result.value;
    report(node.at, result.message);
    return node.value;
  }
  const mapping: Record<string, unknown> = {};
  for (const { key, keyAt, node: value } of node.entries) {
    if (Object.hasOwn(mapping, key)) report(keyAt, `the key ${JSON.stringify(key)} stands twice`);
    const plain = plainValue(value, environment, report);
    if (key === '__proto__') {
      // Assigning would set the prototype.
      const property = { value: plain, configurable: true, enumerable: true, writable: true };
      Object.defineProperty(mapping, key, property);
    } else mapping[key] = plain;
  }
  return mapping;
}

function find(root: ConfigNode, path: ConfigPath, of: 'key' | 'value'): number {
  let node = root;
  let at = root.at;
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    if (node.kind === 'list' && typeof part === 'number') {
      const item = node.items[part];
      if (item === undefined) return at;
      node = item;
      at = item.at;
    } else if (node.kind === 'mapping') {
      const entry = node.entries.findLast((candidate) => candidate.key === part);
      if (entry === undefined) return at;
      node = entry.node;
      // An absent key of a block is best looked for below the block's own key.
      at = last && of === 'value' ? entry.node.at : entry.keyAt;
    } else return at;
  }
  return at;
}

/** Turns offsets into lines and columns; the lines are only counted when first asked for. */
class LineIndex {
  readonly #text: string;
  #starts: number[] | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  position(at: number): Position {
    this.#starts ??= lineStarts(this.#text);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - (this.#starts[low] ?? 0) + 1 };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
