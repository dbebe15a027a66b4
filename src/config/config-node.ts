/** A parsed text before it means anything: values with the offsets at which they stand. */
export type ConfigNode = ScalarNode | ListNode | MappingNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly at: number;
  readonly value: string | number | boolean | null;
}

export interface ListNode {
  readonly kind: 'list';
  readonly at: number;
  readonly items: readonly ConfigNode[];
}

export interface MappingNode {
  readonly kind: 'mapping';
  readonly at: number;
  readonly entries: readonly MappingEntry[];
}

export interface MappingEntry {
  readonly key: string;
  readonly keyAt: number;
  readonly node: ConfigNode;
}

/** Deepest nesting that a configuration may have. */
export const MAX_DEPTH = 64;

/** Most values a configuration may have, counted with every use of a YAML alias. */
export const MAX_NODES = 2_000_000;

/** A text that can't be read. `at` is an offset into it. */
export class ConfigSyntaxError extends Error {
  override readonly name = 'ConfigSyntaxError';
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}
