import assert from 'node:assert/strict';
import { DerError } from '../../../src/pki/der.ts';
import {
  type Name,
  NameError,
  parseName,
  printName,
  printNameForHeader,
} from '../../../src/pki/name.ts';
import { canonicalName, decodeName, encodeName } from '../../../src/pki/name-der.ts';
import { derMutations } from '../../support/der-mutation.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { textMutations } from '../../support/mutation.ts';
import { NAME_DER_TOKENS, NAME_TEXT_TOKENS } from '../../vectors/fuzz/tokens.ts';
import { checkDerError } from './der.ts';

const texts = [
  'CN=derek@nats.io,OU=svc,O=Example,C=DE',
  'CN=a\\2Cb+OU=\\C3\\A9,1.2.3=#0c0141,DC=x,DC=y',
  'CN=\\#x\\ ,OU=\\"q\\"\\+\\<\\>\\;\\\\, ST = 漢字 , oid.2.5.4.10=😀',
  'serialNumber=1,street=a b,UID=u,emailAddress=a@b,postalCode=1,L=x',
  '2.999.1=#04020102,CN=#1e0400410042',
];

/** Subjects as people write them. What is read is printed and read again as the same name. */
export const nameTextTarget: FuzzTarget = {
  name: 'name as text',
  corpus: texts.map((text) => Buffer.from(text)),
  tokens: NAME_TEXT_TOKENS,
  mutations: textMutations,
  // Escapes are three characters, and are read and printed some ten times.
  microsecondsPerByte: 10,
  check(input) {
    let name: Name;
    const text = input.toString();
    try {
      name = parseName(text);
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      assert.doesNotMatch(error.message, /[\p{C}\p{Zl}\p{Zp}]/u);
      assert.ok(error.message.length < 700, `${error.message.length} characters`);
      assert.ok(error.position >= 0 && error.position <= text.length, `${error.position}`);
      return false;
    }
    checkName(name);
    return true;
  },
};

/** Names as they stand in certificates. */
export const nameDerTarget: FuzzTarget = {
  name: 'name in DER',
  corpus: texts.map((text) => encodeName(parseName(text))),
  tokens: NAME_DER_TOKENS,
  mutations: derMutations,
  check(input) {
    try {
      checkName(decodeName(input));
      return true;
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
      checkDerError(error, input);
      return false;
    }
  },
};

function checkName(name: Name): void {
  const printed = printName(name);
  // Nothing that a terminal acts on, and nothing but ASCII where a header is written.
  assert.doesNotMatch(printed, /[\p{Cc}\u061c\ufeff\u200b-\u200f\u2028-\u202e\u2060-\u206f]/u);
  assert.match(printNameForHeader(name), /^[ -~]*$/);
  assert.deepEqual(parseName(printNameForHeader(name)).map(values), parseName(printed).map(values));
  assert.equal(printName(parseName(printed)), printed);
  const encoded = encodeName(name);
  assert.equal(canonicalName(decodeName(encoded)), canonicalName(name));
  assert.deepEqual(encodeName(decodeName(encoded)), encoded);
}

function values(rdn: Name[number]): string[] {
  return rdn.map(({ type, value }) => `${type}=${value}`);
}
