import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedLanguage } from './accepted-language.ts';

test('the language is the one that is wanted most', () => {
  const cases = [
    [undefined, 'en'],
    ['', 'en'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['en-US,en;q=0.9,zh;q=0.8', 'en'],
    ['de, zh-Hans;q=0.3, en;q=0.2', 'zh'],
    ['en;q=0.2 , ZH ; q=0.3', 'zh'],
    ['zh;q=0', 'en'],
    ['zh;q=x, zh;q=', 'en'],
    ['zhx, *', 'en'],
  ] as const;
  for (const [header, expected] of cases) {
    assert.equal(acceptedLanguage(header), expected, `${header}`);
  }
});
