import assert from 'node:assert/strict';
import { CliError } from '../../../src/cli/context.ts';
import { type InspectedFile, readInspectedFile } from '../../../src/cli/inspected-file.ts';
import { inspectionOf } from '../../../src/cli/inspection.ts';
import { inspectionText } from '../../../src/cli/inspection-text.ts';
import { PemError } from '../../../src/pki/pem.ts';
import { derMutations } from '../../support/der-mutation.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { textMutations } from '../../support/mutation.ts';
import { CERTIFICATE_TOKENS, PEM_TOKENS } from '../../vectors/fuzz/tokens.ts';
import { corpusOf } from './corpus.ts';

const NOW = Date.UTC(2026, 6);

/** Any file that `countersign inspect` is given, and what it prints of it on a terminal. */
export const inspectedFileTarget: FuzzTarget = {
  name: 'inspected file',
  corpus: [
    ...corpusOf('fuzz/{certificate,request,revocation-list}/*.der'),
    ...corpusOf('config/certs/{chain,with-key,both-cas}.crt'),
    ...corpusOf('config/certs/{ed25519,encrypted}.key'),
  ],
  tokens: [...CERTIFICATE_TOKENS, ...PEM_TOKENS],
  mutations: [...derMutations, ...textMutations],
  microsecondsPerByte: 10,
  async check(input) {
    let file: InspectedFile;
    try {
      file = await readInspectedFile(input, async () => 'fuzz');
    } catch (error) {
      if (!(error instanceof CliError || error instanceof PemError)) throw error;
      assert.ok(error.message.length < 1000, error.message);
      assert.doesNotMatch(error.message, /PRIVATE KEY-----|undefined|\[object/);
      return false;
    }
    for (const item of file.items) {
      const inspection = inspectionOf(item, NOW);
      const text = inspectionText(inspection, NOW).replaceAll('\n', '');
      assert.doesNotMatch(text, /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
      assert.doesNotMatch(text, /undefined|\[object|NaN|Invalid/);
      JSON.stringify(inspection);
    }
    return true;
  },
};
