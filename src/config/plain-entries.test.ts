import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ConfigDocument } from './document.ts';
import { splitPlainCertificates } from './plain-entries.ts';
import { configSchema } from './schema.ts';
import { validateConfig } from './validate.ts';

const entry = fc.dictionary(
  fc.constantFrom('cert_file', 'key_file', 'ca_file', 'verify', 'snis', 'key', 'unknown'),
  fc.constantFrom<unknown>(true, false, 'a.pem', 'b/c.pem', '', 'ü', 'a\nb', 'true', ['x.com'], 1),
  { maxKeys: 4 },
);
const plain = fc.record(
  {
    cert_file: fc.constant('a.crt'),
    key_file: fc.constant('a.key'),
    ca_file: fc.constant('ca.crt'),
    verify: fc.boolean(),
  },
  { requiredKeys: [] },
);

function documentOf(value: unknown): ConfigDocument {
  return { file: 'gateway.yaml', value, position: () => null };
}

test('certificates that are passed by the schema are what it would have made of them', () => {
  const values = fc.record({
    listeners: fc.constant([{ listen: ':1' }]),
    certificates: fc.array(fc.oneof({ weight: 4, arbitrary: plain }, entry), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(values, (value) => {
      const result = configSchema.safeParse(value);
      const validation = validateConfig(documentOf(value));
      assert.equal(validation.kind === 'valid', result.success);
      if (validation.kind === 'valid') assert.deepEqual(validation.config, result.data);
    }),
    { numRuns: 2000 },
  );
});

test('problems keep their places', () => {
  const places: unknown[] = [];
  const value = { listeners: [{ listen: ':1' }], certificates: [{ verify: true }, { key: 1 }] };
  const document = documentOf(value);
  validateConfig({
    ...document,
    position: (path) => {
      places.push(path);
      return null;
    },
  });
  assert.deepEqual(places, [['certificates', 1, 'key']]);
});

test('nothing is taken out where nothing is plain', () => {
  assert.equal(splitPlainCertificates({ certificates: [{ snis: ['a.com'] }] }), null);
  assert.equal(splitPlainCertificates({ certificates: {} }), null);
  assert.equal(splitPlainCertificates(null), null);
});
