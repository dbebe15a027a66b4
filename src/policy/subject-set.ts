/**
 * Subjects as nats-server writes them: tokens between dots, `*` for one token, a last `>` for one or
 * more. Texts here are byte strings, one character a byte, as they are cut out of the wire.
 */

/** A text of the configuration as the byte string it is on the wire (UTF-8). */
export function byteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Whether the text is a subject that permissions can name: no empty token, `>` only at the end, no space. */
export function isSubject(text: string): boolean {
  if (text === '' || /[\t\n\f\r ]/.test(text)) return false;
  const tokens = text.split('.');
  return tokens.every(
    (token, index) => token !== '' && (token !== '>' || index === tokens.length - 1),
  );
}

/** Whether a subject stands for more than itself: it has a token `*`, or is or ends in `>`. */
export function hasWildcard(subject: string): boolean {
  return subject.split('.').some((token) => token === '*' || token === '>');
}

/** Whether every subject that `inner` stands for is one that `outer` stands for as well. */
export function isSubset(inner: string, outer: string): boolean {
  const tokens = inner.split('.');
  const tests = outer.split('.');
  for (let index = 0; index < tests.length; index += 1) {
    const token = tokens[index];
    const test = tests[index];
    if (token === undefined || token === '' || test === '') return false;
    if (test === '>') return true;
    if (token === '>') return false;
    if (test !== '*' && test !== token) return false;
  }
  return tokens.length === tests.length;
}

/** Whether there is a subject that both stand for. */
export function overlaps(a: string, b: string): boolean {
  const tokens = a.split('.');
  const others = b.split('.');
  const shared = Math.min(tokens.length, others.length);
  for (let index = 0; index < shared; index += 1) {
    const token = tokens[index];
    const other = others[index];
    if (token === '>' || other === '>') return true;
    if (token !== '*' && other !== '*' && token !== other) return false;
  }
  return tokens.length === others.length;
}

interface Entry {
  /** Whether the subject stands in the set without a queue group. */
  plain: boolean;
  /** Queue groups that it stands in the set with. */
  readonly queues: Set<string>;
}

interface Level {
  readonly literals: Map<string, Node>;
  one: Node | null;
  rest: Node | null;
}

interface Node {
  entry: Entry | null;
  next: Level | null;
}

/** What of a set matches one subject. */
export interface SubjectMatch {
  plain: boolean;
  /** null: nothing with a queue group. */
  queues: Set<string> | null;
}

/**
 * Subjects, some with a queue group behind a space (`orders.* workers`). A subject that is looked up is
 * read literally: of a `*` in it only a `*` or `>` of the set is the like.
 */
export class SubjectSet {
  readonly #root: Level = newLevel();

  /** Entries must be subjects, with a queue group or without; see `readEntry`. */
  constructor(entries: readonly SubjectEntry[]) {
    for (const { subject, queue } of entries) this.#insert(subject, queue);
  }

  match(subject: string): SubjectMatch {
    return this.#match(subject, true);
  }

  /**
   * The same for what has to cover a whole subscription: its `>` is more than one token, and only a `>`
   * of the set covers it. nats-server 2.9 takes a `*` for enough, so that who may subscribe to `a.*`
   * gets all of `a.>`.
   */
  cover(subject: string): SubjectMatch {
    return this.#match(subject, false);
  }

  #match(subject: string, oneIsRest: boolean): SubjectMatch {
    const found: SubjectMatch = { plain: false, queues: null };
    const tokens = subject.split('.');
    if (!tokens.includes('')) matchLevel(this.#root, tokens, 0, oneIsRest, found);
    return found;
  }

  #insert(subject: string, queue: string | null): void {
    let level = this.#root;
    let node: Node | null = null;
    for (const token of subject.split('.')) {
      if (node !== null) level = node.next ??= newLevel();
      node = nodeFor(level, token);
    }
    if (node === null) return;
    node.entry ??= { plain: false, queues: new Set() };
    if (queue === null) node.entry.plain = true;
    else node.entry.queues.add(queue);
  }
}

/** A subject of a permission, with the queue group it is for; null: for none in particular. */
export interface SubjectEntry {
  readonly subject: string;
  readonly queue: string | null;
}

/** Reads `SUBJECT` or `SUBJECT QUEUE`; null where it is neither. */
export function readEntry(text: string): SubjectEntry | null {
  if (isSubject(text)) return { subject: text, queue: null };
  const [subject = '', queue, ...others] = text.trim().split(/\s+/);
  if (queue === undefined || others.length > 0 || !isSubject(subject)) return null;
  return { subject, queue };
}

/** Whether a queue group is one of `groups`, where `*` and `>` are wildcards. */
export function queueMatches(queue: string, groups: ReadonlySet<string>): boolean {
  if (groups.has(queue)) return true;
  for (const group of groups) if (hasWildcard(group) && isSubset(queue, group)) return true;
  return false;
}

function nodeFor(level: Level, token: string): Node {
  if (token === '*') return (level.one ??= newNode());
  if (token === '>') return (level.rest ??= newNode());
  let node = level.literals.get(token);
  if (node === undefined) {
    node = newNode();
    level.literals.set(token, node);
  }
  return node;
}

function matchLevel(
  level: Level,
  tokens: readonly string[],
  at: number,
  oneIsRest: boolean,
  found: SubjectMatch,
): void {
  take(level.rest, found);
  const token = tokens[at] ?? '';
  const last = at === tokens.length - 1;
  const one = token !== '>' || oneIsRest ? level.one : null;
  for (const node of [one, level.literals.get(token) ?? null]) {
    if (node === null) continue;
    if (last) take(node, found);
    else if (node.next !== null) matchLevel(node.next, tokens, at + 1, oneIsRest, found);
  }
}

function take(node: Node | null, found: SubjectMatch): void {
  const entry = node === null ? null : node.entry;
  if (entry === null) return;
  if (entry.plain) found.plain = true;
  if (entry.queues.size === 0) return;
  found.queues ??= new Set();
  for (const queue of entry.queues) found.queues.add(queue);
}

function newLevel(): Level {
  return { literals: new Map(), one: null, rest: null };
}

function newNode(): Node {
  return { entry: null, next: null };
}
