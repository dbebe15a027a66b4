// Changes to DER that keep it DER: elements cut, doubled, moved and exchanged with all the lengths
// around them set right, so that what is wrong stands deep inside.
import { byteMutations, type Mutation } from './mutation.ts';
import type { Random } from './random.ts';

/** Changes to the elements, and now and then to the bytes. */
export const derMutations: readonly Mutation[] = [
  changeElement,
  changeElement,
  changeElement,
  ...byteMutations,
];

interface Element {
  readonly tag: number;
  /** The elements inside; null: it has bytes of its own. */
  readonly inside: Element[] | null;
  readonly bytes: Buffer;
}

function changeElement(
  input: Buffer,
  random: Random,
  { corpus }: { readonly corpus: readonly Buffer[] },
): Buffer {
  const elements = parse(input);
  if (elements === null) return input;
  const lists = listsIn(elements);
  const list = random.pick(lists);
  const at = random.below(list.length);
  const element = list[at];
  if (element === undefined) return input;
  switch (random.below(9)) {
    case 0:
      list.splice(at, 1);
      break;
    case 1:
      list.splice(at, 0, element);
      break;
    case 2:
      list.splice(random.below(list.length), 0, ...list.splice(at, 1));
      break;
    case 3:
      list.splice(
        at,
        random.below(2),
        random.pick(listsIn(parse(random.pick(corpus)) ?? [element]).flat()),
      );
      break;
    case 4:
      list[at] = { ...element, tag: random.below(2) === 0 ? random.pick(TAGS) : random.below(256) };
      break;
    case 5:
      list[at] = { tag: element.tag, inside: null, bytes: Buffer.alloc(0) };
      break;
    case 6:
      list[at] = nested(element, random);
      break;
    case 7:
      list.push(...Array.from({ length: 1 + random.below(300) }, () => element));
      break;
    default:
      if (element.inside === null) {
        const change = random.pick(byteMutations);
        const bytes = change(element.bytes, random, { corpus, tokens: TOKENS, longest: 65_536 });
        list[at] = { ...element, bytes };
      }
  }
  return Buffer.concat(elements.map(encode));
}

const TAGS = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1c, 0x1e, 0x30,
  0x31, 0x80, 0x81, 0x82, 0x83, 0x86, 0x87, 0xa0, 0xa1, 0xa3, 0xa4,
];

const TOKENS = ['\0', '\r\n', '..', '*', '@', 'xn--', '\xff\xff', '\x80', '\x1b', ',+"\\<>;', '=#']
  .concat('\ud7ff\u202e', '99991231235959Z', '491231235959Z', '500101000000Z')
  .map((token) => Buffer.from(token));

/** Wrapped in itself up to deeper than anyone reads. */
function nested(element: Element, random: Random): Element {
  let wrapped = element;
  for (let left = 1 + random.below(40); left > 0; left--) {
    wrapped = { tag: random.pick([0x30, 0x31, 0xa0, element.tag]), inside: [wrapped], bytes: NONE };
  }
  return wrapped;
}

const NONE = Buffer.alloc(0);

/** Every list of elements that has any. */
function listsIn(elements: Element[]): Element[][] {
  const lists = [elements];
  for (const list of lists) {
    for (const { inside } of list) if (inside !== null && inside.length > 0) lists.push(inside);
  }
  return lists;
}

/** The elements that these bytes are, all of them; null where they are something else. */
function parse(bytes: Buffer, depth = 0): Element[] | null {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    let from = at + 2;
    if (length > 0x84 || length === 0x80 || depth > 40) return null;
    if (length > 0x80) {
      const size = length - 0x80;
      if (from + size > bytes.length) return null;
      length = bytes.readUIntBE(from, size);
      from += size;
    }
    at = from + length;
    if (at > bytes.length) return null;
    const content = bytes.subarray(from, at);
    const isWrapper = (tag & 0x20) !== 0 || tag === 0x04;
    elements.push({ tag, inside: isWrapper ? parse(content, depth + 1) : null, bytes: content });
  }
  return elements.length === 0 ? null : elements;
}

function encode({ tag, inside, bytes }: Element): Buffer {
  const content = inside === null ? bytes : Buffer.concat(inside.map(encode));
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  const head = Buffer.from([tag, 0x80 | size, ...Array.from({ length: size }, () => 0)]);
  head.writeUIntBE(length, 2, size);
  return Buffer.concat([head, content]);
}
