import assert from 'node:assert/strict';
import { parseCertificate } from '../../../src/pki/certificate.ts';
import { PemError } from '../../../src/pki/pem.ts';
import {
  parseRevocationLists,
  type RevocationList,
  RevocationListError,
} from '../../../src/pki/revocation-list.ts';
import { RevocationLists } from '../../../src/pki/revocation-lists.ts';
import { derMutations } from '../../support/der-mutation.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { CERTIFICATE_TOKENS } from '../../vectors/fuzz/tokens.ts';
import { corpusOf } from './corpus.ts';

const root = parseCertificate(corpusOf('fuzz/certificate/root.der')[0] ?? assert.fail());

/** Revocation lists, what is looked up in them, and what they say of a certificate. */
export const revocationListTarget: FuzzTarget = {
  name: 'revocation list',
  corpus: corpusOf('fuzz/revocation-list/*.der'),
  tokens: CERTIFICATE_TOKENS,
  mutations: derMutations,
  check(input) {
    let lists: RevocationList[];
    try {
      lists = parseRevocationLists(input);
    } catch (error) {
      if (!(error instanceof RevocationListError || error instanceof PemError)) throw error;
      assert.match(error.message, /^[ -~]{1,300}$/);
      return false;
    }
    for (const list of lists) {
      assert.ok(list.count <= input.length / 20, `${list.count} entries`);
      list.find(root);
      list.covers(root);
    }
    try {
      new RevocationLists(lists).check(root, root, 1.8e12);
    } catch (error) {
      if (!(error instanceof RevocationListError)) throw error;
      assert.match(error.message, /^[ -~]{1,500}$/);
    }
    return true;
  },
};
