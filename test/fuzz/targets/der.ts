import assert from 'node:assert/strict';
import { DerError, type DerReader, readDer } from '../../../src/pki/der.ts';
import { der } from '../../../src/pki/der-writer.ts';
import { derMutations } from '../../support/der-mutation.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { DER_TOKENS } from '../../vectors/fuzz/tokens.ts';
import { corpusOf } from './corpus.ts';

/** DER as such. What is read and written again is the same bytes: each value has one encoding. */
export const derTarget: FuzzTarget = {
  name: 'DER',
  corpus: [...corpusOf('fuzz/certificate/*.der'), ...corpusOf('fuzz/request/*.der')],
  tokens: DER_TOKENS,
  mutations: derMutations,
  check(input) {
    try {
      const written = rewrite(readDer(input));
      assert.deepEqual(written, input);
      return true;
    } catch (error) {
      checkDerError(error, input);
      return false;
    }
  },
};

/** Fails unless it is a DerError that says where and what in printable words. */
export function checkDerError(error: unknown, input: Buffer): void {
  if (!(error instanceof DerError)) throw error;
  assert.match(error.message, /^[ -~]{1,120}$/);
  assert.ok(error.offset >= 0 && error.offset <= input.length, `offset ${error.offset}`);
}

function rewrite(reader: DerReader): Buffer {
  const parts: Buffer[] = [];
  while (!reader.atEnd) parts.push(rewriteOne(reader));
  reader.finish();
  return Buffer.concat(parts);
}

function rewriteOne(reader: DerReader): Buffer {
  const start = reader.position;
  const tag = reader.nextTag;
  switch (tag) {
    case 0x30:
      return der.sequence(rewrite(reader.sequence()));
    case 0x31:
      return withTag(0x31, der.sequence(rewrite(reader.set())));
    case 0x01:
      return der.boolean(reader.boolean());
    case 0x05:
      reader.null();
      return der.null();
    case 0x04:
      return der.octetString(reader.octetString());
    case 0x06:
      return der.oid(reader.oid());
    case 0x02:
      reader.integer();
      break;
    case 0x03: {
      const { bytes, unusedBits } = reader.bitString();
      return der.bitString(bytes, unusedBits);
    }
    case 0x17:
    case 0x18: {
      const time = reader.time();
      assert.equal(readDer(der.time(time)).time(), time);
      break;
    }
    default:
      if ((tag & 0xe0) === 0xa0)
        return der.implicit(tag & 0x1f, rewrite(reader.constructed(tag)), true);
      reader.skip();
  }
  return reader.bytes.subarray(start, reader.position);
}

/** The writer would sort a SET, and the reader takes it as it is. */
function withTag(tag: number, element: Buffer): Buffer {
  element[0] = tag;
  return element;
}
