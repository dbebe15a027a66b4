interface Node {
  readonly literals: Map<string, Node>;
  one: Node | null;
  /** A filter ends here. */
  ends: boolean;
  /** A filter ends here with `#`: what is here and all below is in the set. */
  takesRest: boolean;
}

/**
 * The topics that any of some filters stands for. Each question looks at a node of the set once at
 * most, so that no filter of a client can make it long.
 */
export class TopicSet {
  readonly #root = newNode();

  /** Filters as `isTopicFilter` takes them. None: the set is empty. */
  constructor(filters: Iterable<string>) {
    for (const filter of filters) this.#insert(filter.split('/'));
  }

  /** Whether a topic is in the set. */
  has(topic: string): boolean {
    return this.#covers(topic.split('/'));
  }

  /** Whether every topic that a filter stands for is in the set, be it by several filters together. */
  covers(filter: string): boolean {
    return this.#covers(filter.split('/'));
  }

  /** Whether some topic that a filter stands for is in the set. */
  overlaps(filter: string): boolean {
    const levels = filter.split('/');
    const first = levels[0] ?? '';
    const root = this.#root;
    if (first.startsWith('$')) {
      const node = root.literals.get(first);
      return node !== undefined && overlapsBelow(node, levels, 1);
    }
    if (root.takesRest) return true;
    if (filter === BELOW_EMPTY) return next([root], '').some(hasBelow);
    if (first === '#' || first === '+') {
      for (const [level, node] of root.literals) {
        if (level.startsWith('$') || (level === '' && filter === '+')) continue;
        if (first === '#' || overlapsBelow(node, levels, 1)) return true;
      }
      return root.one !== null && (first === '#' || overlapsBelow(root.one, levels, 1));
    }
    return overlapsAt(root, levels, 0);
  }

  #covers(levels: readonly string[]): boolean {
    const first = levels[0] ?? '';
    const root = this.#root;
    if (first.startsWith('$')) {
      const node = root.literals.get(first);
      return node !== undefined && coversFrom([node], levels, 1);
    }
    if (root.takesRest) return true;
    // Every topic has a first level, so that `#` is as much as `+/#`.
    if (first === '#') return root.one !== null && coversRest([root.one]);
    const nodes = next([root], first);
    if (first !== '' || levels[1] !== '#') return coversFrom(nodes, levels, 1);
    return nodes.some(({ takesRest }) => takesRest) || coversRest(next(nodes, '+'));
  }

  #insert(levels: readonly string[]): void {
    let node = this.#root;
    for (const level of levels) {
      if (level === '#') {
        node.takesRest = true;
        return;
      }
      if (level === '+') {
        node = node.one ??= newNode();
        continue;
      }
      let child = node.literals.get(level);
      if (child === undefined) {
        child = newNode();
        node.literals.set(level, child);
      }
      node = child;
    }
    node.ends = true;
  }
}

/** Not for a topic of one level, which would be empty: no topic is. */
const BELOW_EMPTY = '/#';

/** Whether what these nodes stand for together holds everything that the levels from `at` on do. */
function coversFrom(nodes: readonly Node[], levels: readonly string[], at: number): boolean {
  let current = nodes;
  for (let index = at; index < levels.length; index += 1) {
    if (current.length === 0) return false;
    if (current.some(({ takesRest }) => takesRest)) return true;
    const level = levels[index] ?? '';
    if (level === '#') return coversRest(current);
    current = next(current, level);
  }
  return current.some(isIn);
}

/** Whether everything is held that is here or below: what ends, level by level, until a `#` takes it all. */
function coversRest(nodes: readonly Node[]): boolean {
  let current = nodes;
  while (current.length > 0) {
    if (current.some(({ takesRest }) => takesRest)) return true;
    if (!current.some(isIn)) return false;
    current = next(current, '+');
  }
  return false;
}

/** The nodes after one level more; after `+`, which may be a level that nobody names, those of wildcards. */
function next(nodes: readonly Node[], level: string): Node[] {
  const found: Node[] = [];
  for (const { literals, one } of nodes) {
    if (one !== null) found.push(one);
    const literal = level === '+' ? undefined : literals.get(level);
    if (literal !== undefined) found.push(literal);
  }
  return found;
}

function hasBelow({ literals, one, takesRest }: Node): boolean {
  return takesRest || one !== null || literals.size > 0;
}

function isIn({ ends, takesRest }: Node): boolean {
  return ends || takesRest;
}

/** The same where the node itself is known not to take all. */
function overlapsBelow(node: Node, levels: readonly string[], at: number): boolean {
  return node.takesRest || overlapsAt(node, levels, at);
}

function overlapsAt(node: Node, levels: readonly string[], at: number): boolean {
  const level = levels[at];
  if (level === undefined) return isIn(node);
  // No node is without a filter that ends at or below it.
  if (level === '#') return true;
  const { literals, one } = node;
  if (one !== null && overlapsBelow(one, levels, at + 1)) return true;
  if (level !== '+') {
    const literal = literals.get(level);
    return literal !== undefined && overlapsBelow(literal, levels, at + 1);
  }
  for (const literal of literals.values()) {
    if (overlapsBelow(literal, levels, at + 1)) return true;
  }
  return false;
}

function newNode(): Node {
  return { literals: new Map(), one: null, ends: false, takesRest: false };
}
