// The Huffman code of HPACK (RFC 7541 section 5.2 and appendix B).

/** Bits of each byte's code, and of the end-of-string symbol. The codes follow: they are in the order of length and byte. */
const LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5,
  6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6,
  7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23,
  23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22,
  22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22,
  23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27,
  27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25,
  24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

const END_OF_STRING = 256;
/** A transition: the state that follows in the low byte, and what it does. */
const EMITS = 0x100;
const FAILS = 0x200;

/**
 * Reads four bits at a time: a state is an inner node of the code's tree, and each has 16 transitions. No code is
 * shorter than five bits, so that a transition ends one symbol at most.
 */
const transitions = new Uint16Array(256 * 16);
const symbols = new Uint8Array(256 * 16);
/** States in which a string may end: less than a byte of ones has been read of the next code. */
const accepting = new Uint8Array(256);
makeTransitions();

/**
 * Decodes `bytes[at, end)` into `out`, which has room for 8 bytes to 5. The number of bytes that it came to; -1: it is
 * no valid code.
 */
export function decodeHuffman(bytes: Uint8Array, at: number, end: number, out: Uint8Array): number {
  let state = 0;
  let length = 0;
  for (let i = at; i < end; i++) {
    const byte = bytes[i];
    const high = (state << 4) | (byte >>> 4);
    let next = transitions[high];
    if ((next & EMITS) !== 0) out[length++] = symbols[high];
    const low = ((next & 0xff) << 4) | (byte & 15);
    const failed = next & FAILS;
    next = transitions[low];
    if ((next & EMITS) !== 0) out[length++] = symbols[low];
    if (((next | failed) & FAILS) !== 0) return -1;
    state = next & 0xff;
  }
  return accepting[state] === 1 ? length : -1;
}

/** Child nodes by bit: a positive number is an inner node, a negative one the symbol -1 - n. */
function makeTree(): number[] {
  const order = LENGTHS.map((_, symbol) => symbol).toSorted(
    (a, b) => LENGTHS[a] - LENGTHS[b] || a - b,
  );
  const tree = [0, 0];
  let code = 0;
  let bits = LENGTHS[order[0]];
  for (const symbol of order) {
    code *= 2 ** (LENGTHS[symbol] - bits);
    bits = LENGTHS[symbol];
    let node = 0;
    for (let bit = bits - 1; bit > 0; bit--) {
      const slot = node * 2 + ((code >>> bit) & 1);
      if (tree[slot] === 0) {
        tree[slot] = tree.length / 2;
        tree.push(0, 0);
      }
      node = tree[slot];
    }
    tree[node * 2 + (code & 1)] = -1 - symbol;
    code++;
  }
  return tree;
}

function makeTransitions(): void {
  const tree = makeTree();
  for (let state = 0; state < 256; state++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = state;
      const slot = (state << 4) | nibble;
      for (let bit = 3; bit >= 0; bit--) {
        const next = tree[node * 2 + ((nibble >>> bit) & 1)];
        node = Math.max(next, 0);
        if (next >= 0) continue;
        const symbol = -1 - next;
        transitions[slot] |= symbol === END_OF_STRING ? FAILS : EMITS;
        symbols[slot] = symbol;
      }
      transitions[slot] |= node;
    }
  }
  for (let node = 0, depth = 0; depth < 8; depth++, node = tree[node * 2 + 1]) accepting[node] = 1;
}
