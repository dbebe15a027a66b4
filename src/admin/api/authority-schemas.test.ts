import assert from 'node:assert/strict';
import { test } from 'node:test';
import { journalSortKeys } from '../../ca/journal.ts';
import { keyTypes } from '../../pki/keys.ts';
import { revocationReasons } from '../../pki/revocation-list-builder.ts';
import { issuedSortKeys, leafKeyTypes, reasons } from './authority-schemas.ts';

test('the lists of the schemas are those of the authority', () => {
  assert.deepEqual(leafKeyTypes, keyTypes);
  assert.deepEqual(issuedSortKeys, journalSortKeys);
  assert.deepEqual(reasons, Object.keys(revocationReasons));
});
