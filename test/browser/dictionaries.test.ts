import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogue } from '../../src/diagnostics/catalogue.ts';
import { en } from '../../web/src/language/en.ts';
import { zh } from '../../web/src/language/zh.ts';

/** The paths of all texts of a dictionary, with the number of values that each tells of. */
function shapeOf(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return [path];
  if (typeof value === 'function') return [`${path}(${value.length})`];
  return Object.entries(value as object).flatMap(([key, inner]) =>
    shapeOf(inner, `${path}.${key}`),
  );
}

test('both languages say the same things', () => {
  assert.deepEqual(shapeOf(zh), shapeOf(en));
});

test('no text is empty, or left in English', () => {
  const texts = (dictionary: object): unknown[] =>
    Object.values(dictionary).flatMap((value: unknown) =>
      typeof value === 'object' && value !== null ? texts(value) : [value],
    );
  const english = texts(en);
  for (const [index, text] of texts(zh).entries()) {
    if (typeof text !== 'string') continue;
    assert.notEqual(text, '');
    const isTechnical =
      /^(English|ID|SNI|SHA-256|API|TLS|ALPN|Alert|X-Client-Verify|[A-Z]\w+[a-z][A-Z]\w*|Certificate|Finished)$/.test(
        text,
      );
    if (!isTechnical) assert.notEqual(text, english[index]);
  }
});

test('every finding has its title, in both languages', () => {
  for (const { code, title } of Object.values(catalogue)) {
    assert.equal(en.causes[code], title.en);
    assert.equal(zh.causes[code], title.zh);
  }
  assert.equal(Object.keys(en.causes).length, Object.keys(catalogue).length);
});
