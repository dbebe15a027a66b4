import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readDer } from '../../../src/pki/der.ts';
import { der } from '../../../src/pki/der-writer.ts';
import { OID } from '../../../src/pki/oids.ts';
import { pkcs12MacKey } from '../../../src/pki/password-encryption.ts';
import { Pkcs12Error, readPkcs12 } from '../../../src/pki/pkcs12.ts';
import { derMutations } from '../../support/der-mutation.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { PKCS12_TOKENS } from '../../vectors/fuzz/tokens.ts';
import { corpusOf } from './corpus.ts';

const PASSWORD = 'fuzz';
const corpus = corpusOf('fuzz/pkcs12/*.p12');

/** Whole files: nearly every change is found by the MAC. */
export const pkcs12Target: FuzzTarget = {
  name: 'PKCS#12',
  corpus,
  tokens: PKCS12_TOKENS,
  mutations: derMutations,
  check: (input) => read(input),
};

/** What the MAC protects, under a MAC that is right: what someone who knows the password can send. */
export const pkcs12ContentsTarget: FuzzTarget = {
  name: 'contents of PKCS#12',
  corpus: corpus.map(contentsOf),
  tokens: PKCS12_TOKENS,
  mutations: derMutations,
  check: (input) => read(withMac(input)),
};

const MAX_ITERATIONS = 5000;

function read(file: Buffer): boolean {
  try {
    const contents = readPkcs12(file, PASSWORD, { maxIterations: MAX_ITERATIONS });
    const { privateKeys, certificates } = contents;
    return privateKeys.length + certificates.length > 0;
  } catch (error) {
    if (!(error instanceof Pkcs12Error)) throw error;
    // An object identifier of 128 bytes may be named.
    assert.match(error.message, /^[ -~]{1,600}$/);
    assert.ok(!error.message.includes(PASSWORD));
    return false;
  }
}

function contentsOf(file: Buffer): Buffer {
  const pfx = readDer(file).sequence();
  pfx.skip();
  const info = pfx.sequence();
  info.skip();
  return info.constructed(0xa0).octetString();
}

function withMac(contents: Buffer): Buffer {
  const salt = Buffer.alloc(8, 1);
  const key = pkcs12MacKey(PASSWORD, salt, 1, 'sha256');
  const digest = createHmac('sha256', key).update(contents).digest();
  return der.sequence(
    der.integer(3),
    der.sequence(der.oid('1.2.840.113549.1.7.1'), der.explicit(0, der.octetString(contents))),
    der.sequence(
      der.sequence(der.sequence(der.oid(OID.sha256), der.null()), der.octetString(digest)),
      der.octetString(salt),
    ),
  );
}
