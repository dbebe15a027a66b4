import assert from 'node:assert/strict';
import { decodePem, encodePem, type PemBlock, PemError } from '../../../src/pki/pem.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { textMutations } from '../../support/mutation.ts';
import { PEM_TOKENS } from '../../vectors/fuzz/tokens.ts';
import { corpusOf } from './corpus.ts';

/** PEM texts. An error names its line, and nothing of what stands between boundaries. */
export const pemTarget: FuzzTarget = {
  name: 'PEM',
  corpus: corpusOf('config/certs/{ca,chain,with-key,both-cas}.crt').concat(
    corpusOf('config/certs/{encrypted-old,server}.key'),
    Buffer.from('\ufeffa remark\r\n-----BEGIN X Y-----\r\nAA==  \r\n-----END X Y-----\r\n'),
  ),
  tokens: PEM_TOKENS,
  mutations: textMutations,
  longest: 200_000,
  check(input) {
    const text = input.toString('latin1');
    let blocks: PemBlock[];
    try {
      blocks = decodePem(text);
    } catch (error) {
      if (!(error instanceof PemError)) throw error;
      checkError(error, text);
      return false;
    }
    for (const { label, bytes, headers } of blocks) {
      assert.ok(bytes.length > 0);
      if (headers.length > 0) continue;
      const [again, ...others] = decodePem(encodePem(label, bytes));
      assert.deepEqual([again?.label, again?.bytes, others], [label, bytes, []]);
    }
    return blocks.length > 0;
  },
};

function checkError(error: PemError, text: string): void {
  assert.match(error.message, /^[ -~]{1,300}$/);
  assert.ok(error.line >= 1 && error.line <= text.split('\n').length, `line ${error.line}`);
  const lines = text.split('\n').filter((line) => !line.trim().startsWith('-----'));
  const contents = lines.flatMap((line) => line.match(/[A-Za-z0-9+/]{16,}/g) ?? []);
  // What is in capitals alone may be a piece of a label that stands elsewhere.
  for (const content of contents.filter((piece) => /[a-z+/]/.test(piece))) {
    assert.ok(!error.message.includes(content), error.message);
  }
}
