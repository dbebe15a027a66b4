// Changes to valid inputs that parsers trip over, by bytes, by lines and by numbers.
import type { Random } from './random.ts';

/** What inputs are made from. */
export interface Material {
  readonly corpus: readonly Buffer[];
  /** Pieces that mean something where they stand, known-bad ones among them. */
  readonly tokens: readonly Buffer[];
  /** Longest input that is made, in bytes. */
  readonly longest: number;
}

/** One change; the input itself is left as it was. */
export type Mutation = (input: Buffer, random: Random, material: Material) => Buffer;

/** Bytes cut, doubled, moved, set and exchanged between inputs. */
export const byteMutations: readonly Mutation[] = [
  truncate,
  remove,
  duplicate,
  move,
  setByte,
  flipBit,
  insertToken,
  insertToken,
  replaceByToken,
  splice,
  insertForeign,
  lengthField,
];

/** Lines cut, doubled, moved and joined, and decimal and hexadecimal numbers changed. */
export const textMutations: readonly Mutation[] = [
  ...byteMutations,
  removeLine,
  duplicateLine,
  swapLines,
  joinLines,
  changeNumber,
];

/** One to four mutations of an input of the corpus; one in a hundred is made long. */
export function mutated(
  mutations: readonly Mutation[],
  random: Random,
  material: Material,
): Buffer {
  let input = random.pick(material.corpus);
  for (let left = 1 + random.below(4); left > 0; left--) {
    input = random.pick(mutations)(input, random, material);
  }
  if (random.below(100) === 0) input = stretch(input, random, material);
  return input.subarray(0, material.longest);
}

function truncate(input: Buffer, random: Random): Buffer {
  return input.subarray(0, random.below(input.length + 1));
}

function remove(input: Buffer, random: Random): Buffer {
  const [from, to] = span(input, random);
  return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
}

function duplicate(input: Buffer, random: Random): Buffer {
  const [from, to] = span(input, random);
  return Buffer.concat([input.subarray(0, to), input.subarray(from)]);
}

function move(input: Buffer, random: Random): Buffer {
  const [from, to] = span(input, random);
  const rest = Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  return insertAt(rest, random.below(rest.length + 1), input.subarray(from, to));
}

const TELLING_BYTES = [0, 1, 0x0a, 0x0d, 0x20, 0x2f, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xff];

function setByte(input: Buffer, random: Random): Buffer {
  const value = random.below(2) === 0 ? random.pick(TELLING_BYTES) : random.below(256);
  return withByte(input, random, () => value);
}

function flipBit(input: Buffer, random: Random): Buffer {
  return withByte(input, random, (byte) => byte ^ (1 << random.below(8)));
}

function insertToken(input: Buffer, random: Random, { tokens }: Material): Buffer {
  return insertAt(input, random.below(input.length + 1), random.pick(tokens));
}

function replaceByToken(input: Buffer, random: Random, { tokens }: Material): Buffer {
  const [from, to] = span(input, random);
  const rest = Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  return insertAt(rest, from, random.pick(tokens));
}

/** The beginning of one input and the end of another. */
function splice(input: Buffer, random: Random, { corpus }: Material): Buffer {
  const other = random.pick(corpus);
  return Buffer.concat([
    input.subarray(0, random.below(input.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ]);
}

function insertForeign(input: Buffer, random: Random, { corpus }: Material): Buffer {
  const other = random.pick(corpus);
  const [from, to] = span(other, random);
  return insertAt(input, random.below(input.length + 1), other.subarray(from, to));
}

/** A big-endian number of one to three bytes that is a little or much too small or too large. */
function lengthField(input: Buffer, random: Random): Buffer {
  const size = 1 + random.below(3);
  if (input.length < size) return input;
  const changed = Buffer.from(input);
  const at = random.below(input.length - size + 1);
  const largest = 2 ** (8 * size) - 1;
  const value = changed.readUIntBE(at, size);
  const left = input.length - at - size;
  const wanted = random.pick([value - 1, value + 1, 0, 1, largest, left, left + 1, left - 1]);
  changed.writeUIntBE(Math.min(largest, Math.max(0, wanted)), at, size);
  return changed;
}

/** A token, or a piece of the input itself, so often that the whole is as long as it may be. */
function stretch(input: Buffer, random: Random, { tokens, longest }: Material): Buffer {
  const [from, to] = span(input, random);
  const piece = random.below(3) === 0 ? input.subarray(from, to) : random.pick(tokens);
  const room = longest - input.length;
  if (piece.length === 0 || room < piece.length) return input;
  return insertAt(input, random.below(input.length + 1), Buffer.alloc(room, piece));
}

function removeLine(input: Buffer, random: Random): Buffer {
  return withLines(input, (lines) => lines.splice(random.below(lines.length), 1));
}

function duplicateLine(input: Buffer, random: Random): Buffer {
  return withLines(input, (lines) => {
    const line = random.pick(lines);
    lines.splice(random.below(lines.length + 1), 0, line);
  });
}

function swapLines(input: Buffer, random: Random): Buffer {
  return withLines(input, (lines) => {
    const [line = ''] = lines.splice(random.below(lines.length), 1);
    lines.splice(random.below(lines.length + 1), 0, line);
  });
}

function joinLines(input: Buffer, random: Random): Buffer {
  return withLines(input, (lines) => {
    const at = random.below(lines.length);
    lines.splice(
      at,
      2,
      (lines[at] ?? '') + random.pick(['', ' ', ',', '\r']) + (lines[at + 1] ?? ''),
    );
  });
}

const TELLING_NUMBERS = [
  '-1',
  '+1',
  '0',
  '00',
  '1e9',
  '0x10',
  '65536',
  '2147483648',
  '9007199254740993',
  '18446744073709551616',
  'ffffffffffffffff',
  '1_0',
  '1.5',
];

function changeNumber(input: Buffer, random: Random): Buffer {
  const text = input.toString('latin1');
  const numbers = [...text.matchAll(/[0-9]+/g)];
  if (numbers.length === 0) return input;
  const { 0: digits, index } = random.pick(numbers);
  const near = String(Number(digits) + random.below(3) - 1);
  const changed = random.below(2) === 0 ? near : random.pick(TELLING_NUMBERS);
  const rest = text.slice(index + digits.length);
  return Buffer.from(text.slice(0, index) + changed + rest, 'latin1');
}

/** Mostly short, so that the rest keeps its meaning. */
function span(input: Buffer, random: Random): [from: number, to: number] {
  const from = random.below(input.length + 1);
  const longest = random.below(4) === 0 ? input.length - from : Math.min(8, input.length - from);
  return [from, from + random.below(longest + 1)];
}

function insertAt(input: Buffer, at: number, piece: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, at), piece, input.subarray(at)]);
}

function withByte(input: Buffer, random: Random, change: (byte: number) => number): Buffer {
  if (input.length === 0) return input;
  const changed = Buffer.from(input);
  const at = random.below(input.length);
  changed[at] = change(changed[at] ?? 0);
  return changed;
}

function withLines(input: Buffer, change: (lines: string[]) => void): Buffer {
  const lines = input.toString('latin1').split('\n');
  change(lines);
  return Buffer.from(lines.join('\n'), 'latin1');
}
