import { createRequire } from 'node:module';
import type { Alias, Document, Node, YAMLMap } from 'yaml';
import {
  type ConfigNode,
  ConfigSyntaxError,
  type MappingEntry,
  MAX_DEPTH,
  MAX_NODES,
} from './config-node.ts';
import { parsePlainYaml } from './plain-yaml.ts';

/**
 * Reads one YAML 1.2 document (core schema, no merge keys, no custom tags), keeping where each value
 * stands. Every use of an alias counts as often as what it stands for. Throws ConfigSyntaxError.
 */
export function parseYamlText(text: string): ConfigNode {
  return parsePlainYaml(text) ?? parseWholeYaml(text);
}

/** The same without the short way for plain texts. */
export function parseWholeYaml(text: string): ConfigNode {
  const document = parse(text);
  const [error] = [...document.errors, ...document.warnings].toSorted(
    (a, b) => a.pos[0] - b.pos[0],
  );
  if (error !== undefined) throw new ConfigSyntaxError(error.pos[0], describeError(error.message));
  const { directives } = document;
  if (directives?.yaml.explicit === true && directives.yaml.version !== '1.2') {
    throw new ConfigSyntaxError(0, 'only YAML 1.2 is read');
  }
  return new NodeBuilder().build(document.contents, 0, 0);
}

let loaded: typeof import('yaml') | null = null;

/** Loading it takes longer than reading most configurations, few of which need it. */
function yamlPackage(): typeof import('yaml') {
  loaded ??= createRequire(import.meta.url)('yaml') as typeof import('yaml');
  return loaded;
}

function parse(text: string): Document.Parsed {
  try {
    return yamlPackage().parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: false,
      prettyErrors: false,
      strict: true,
    });
  } catch (error) {
    // Thrown where its recursion meets the end of the stack; everything else is in document.errors.
    throw new ConfigSyntaxError(0, describeError((error as Error).message));
  }
}

class NodeBuilder {
  readonly #anchors = new Map<string, Node>();
  // Nodes that are being built: an alias to one of them would never end.
  readonly #open = new Set<Node>();
  #count = 0;

  build(node: unknown, at: number, depth: number): ConfigNode {
    if (++this.#count > MAX_NODES) throw new ConfigSyntaxError(at, 'too many values');
    if (depth > MAX_DEPTH) {
      throw new ConfigSyntaxError(at, `nested deeper than ${MAX_DEPTH} levels`);
    }
    const { isAlias, isCollection, isMap, isScalar, isSeq } = yamlPackage();
    if (isAlias(node)) return this.#alias(node, at, depth);
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, node);
    }
    if (isScalar(node)) {
      return { kind: 'scalar', at: node.range?.[0] ?? at, value: scalarValue(node.value) };
    }
    if (!isMap(node) && !isSeq(node)) return { kind: 'scalar', at, value: null };
    const start = node.range?.[0] ?? at;
    this.#open.add(node);
    const built: ConfigNode = isMap(node)
      ? { kind: 'mapping', at: start, entries: this.#entries(node, start, depth) }
      : {
          kind: 'list',
          at: start,
          items: node.items.map((item) => this.build(item, start, depth + 1)),
        };
    this.#open.delete(node);
    return built;
  }

  #entries(map: YAMLMap, start: number, depth: number): MappingEntry[] {
    const { isScalar } = yamlPackage();
    return map.items.map(({ key, value }) => {
      const keyAt = isScalar(key) ? (key.range?.[0] ?? start) : start;
      if (!isScalar(key) || typeof key.value !== 'string') {
        throw new ConfigSyntaxError(keyAt, 'a key must be text');
      }
      const end = key.range?.[1] ?? keyAt;
      return { key: key.value, keyAt, node: this.build(value, end, depth + 1) };
    });
  }

  #alias(alias: Alias, at: number, depth: number): ConfigNode {
    const target = this.#anchors.get(alias.source);
    const start = alias.range?.[0] ?? at;
    if (target === undefined) {
      throw new ConfigSyntaxError(start, `no anchor "${alias.source}" before this alias`);
    }
    if (this.#open.has(target)) {
      throw new ConfigSyntaxError(start, `the alias "${alias.source}" stands inside itself`);
    }
    return this.build(target, start, depth + 1);
  }
}

function scalarValue(value: unknown): string | number | boolean | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  // The core schema makes nothing else.
  return null;
}

// Only the first line: what follows is a picture of the place.
function describeError(message: string): string {
  if (/stack/i.test(message)) return 'nested too deeply';
  if (message.includes('multiple documents')) return 'more than one document';
  const [first = ''] = message.split('\n', 1);
  return first.replace(/:$/, '');
}
