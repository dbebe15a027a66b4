import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { configJsonSchema, type JsonSchema } from '../src/config/json-schema.ts';
import { configReference } from './config-reference.ts';

for (const [file, text] of configReference()) {
  test(`${file} is what the schema says; tools/write-config-reference.ts writes it anew`, () => {
    assert.equal(readFileSync(join(import.meta.dirname, '..', file), 'utf8'), text);
  });
}

test('every key says what it means and what holds where it is absent', () => {
  let keys = 0;
  const visit = (path: string, schema: JsonSchema): void => {
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      keys++;
      const description = value.description ?? '';
      const required = schema.required?.includes(key) === true;
      assert.match(description, /^[^a-z].{10,}\.$/s, `${path}.${key}: no sentence`);
      const ending = required ? /Required\.$/ : /(?:Default: .|Required (?:unless|with) .)/;
      assert.match(description, ending, `${path}.${key}`);
      visit(`${path}.${key}`, value);
    }
    if (schema.items !== undefined) visit(`${path}[]`, schema.items);
    if (typeof schema.additionalProperties === 'object') visit(path, schema.additionalProperties);
  };
  visit('', configJsonSchema());
  assert.ok(keys > 50);
});
