import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extension, forge } from '../../test/support/forged-certificate.ts';
import type { GeneralName } from './general-name.ts';
import { findViolation } from './name-constraints.ts';
import { parseName } from './name.ts';

const dns = (value: string): GeneralName => ({ kind: 'dns', value });
const email = (value: string): GeneralName => ({ kind: 'email', value });
const uri = (value: string): GeneralName => ({ kind: 'uri', value });
const ip = (...bytes: number[]): GeneralName => ({
  kind: 'ip',
  value: '',
  bytes: Buffer.from(bytes),
});
const directory = (text: string): GeneralName => ({ kind: 'directory', value: parseName(text) });
const registered = (value: string): GeneralName => ({ kind: 'registered-id', value });

/** A name, a subtree, and whether the name is within it; null: they can't be compared. */
const table: readonly (readonly [GeneralName, GeneralName, boolean | null])[] = [
  [dns('a.example'), dns('example'), true],
  [dns('A.Example'), dns('eXAMPLE'), true],
  [dns('example'), dns('example'), true],
  [dns('a.example'), dns('.example'), true],
  [dns('badexample'), dns('example'), false],
  [dns('example.evil'), dns('example'), false],
  [dns('x'), dns(''), true],
  [dns('*.example'), dns('example'), true],
  [dns('.example'), dns('example'), null],
  [dns('a..example'), dns('example'), null],
  [email('a@example'), email('example'), true],
  [email('a@EXAMPLE'), email('example'), true],
  [email('a@sub.example'), email('example'), false],
  [email('a@sub.example'), email('.example'), true],
  [email('a@example'), email('.example'), false],
  [email('a@example'), email('a@example'), true],
  [email('A@example'), email('a@example'), false],
  [email('a'), email('example'), null],
  [email('a@b@example'), email('example'), null],
  [uri('https://u:p@a.example:8443/x'), uri('a.example'), true],
  [uri('https://a.example/x'), uri('.example'), true],
  [uri('spiffe://a.example'), uri('example'), false],
  [uri('https://evil/a.example'), uri('a.example'), false],
  [uri('urn:x'), uri('example'), null],
  [uri('https://10.0.0.1/'), uri('example'), null],
  [ip(10, 1, 2, 3), ip(10, 1, 0, 0, 255, 255, 0, 0), true],
  [ip(10, 2, 2, 3), ip(10, 1, 0, 0, 255, 255, 0, 0), false],
  [ip(10, 1, 2, 3), ip(...Array<number>(32).fill(0)), false],
  [directory('CN=a,OU=b,O=c'), directory('OU=B,O=c'), true],
  [directory('CN=a,O=c,OU=b'), directory('OU=b,O=c'), false],
  [directory('O=c'), directory('OU=b,O=c'), false],
  [registered('1.2.3'), registered('1.2.3'), null],
];

for (const [name, subtree, within] of table) {
  const shown = JSON.stringify([name, subtree]);
  test(`${shown}: ${within === null ? 'is never allowed' : within}`, () => {
    const { certificate } = forge({ subject: '', extensions: [extension.names(name)] });
    const permitted = findViolation({ permitted: [subtree], excluded: [] }, certificate) === null;
    const excluded = findViolation({ permitted: [], excluded: [subtree] }, certificate) !== null;
    assert.deepEqual([permitted, excluded], within === null ? [false, true] : [within, within]);
  });
}

test('a wildcard is excluded with any name that it stands for, and permitted with all alone', () => {
  const { certificate } = forge({ subject: '', extensions: [extension.names(dns('*.a.example'))] });
  const excluded = (subtree: string) =>
    findViolation({ permitted: [], excluded: [dns(subtree)] }, certificate) !== null;
  assert.deepEqual(['b.a.example', 'c.b.a.example', 'a.example', 'b.example'].map(excluded), [
    true,
    false,
    true,
    false,
  ]);
  const permits = (subtree: string) =>
    findViolation({ permitted: [dns(subtree)], excluded: [] }, certificate) === null;
  assert.deepEqual(['b.a.example', 'a.example'].map(permits), [false, true]);
});

test('constrains the subject, its email addresses, and only names of the same kind', () => {
  const { certificate } = forge({ subject: 'emailAddress=a@evil,O=c' });
  const permits = (...permitted: GeneralName[]) =>
    findViolation({ permitted, excluded: [] }, certificate);
  assert.equal(permits(dns('example'), ip(10, 1, 0, 0, 255, 255, 0, 0)), null);
  assert.equal(permits(directory('O=c')), null);
  assert.equal(permits(directory('O=d')), 'dirName:emailAddress=a@evil,O=c');
  assert.equal(permits(directory('O=d'), directory('O=c')), null);
  assert.equal(permits(email('example')), 'email:a@evil');
});
