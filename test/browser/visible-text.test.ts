import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visibleText } from '../../web/src/parts/visible-text.ts';

test('what turns text around or hides it is shown as its code', () => {
  assert.equal(visibleText('CN=a\u202egnp.exe\u0000\n', 100), 'CN=a\\u202egnp.exe\\u0000\\u000a');
  assert.equal(visibleText('CN=Łódź 上海 é', 100), 'CN=Łódź 上海 é');
});

test('no more is shown than asked for', () => {
  assert.equal(visibleText('a'.repeat(65_536), 10), `${'a'.repeat(10)}…`);
});
