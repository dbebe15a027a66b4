import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeToken, encodeToken, newSecret } from './enrolment-token.ts';

const root = 'ab'.repeat(32);
const nameAndUrl = fc.record({
  name: fc.string({ maxLength: 64 }),
  url: fc.option(fc.webUrl({ validSchemes: ['https'] })),
});

test('what a token says comes back, and any other character is noticed', () => {
  fc.assert(
    fc.property(nameAndUrl, fc.nat(), fc.base64String({ minLength: 4 }), (said, at, other) => {
      const token = { ...said, root, secret: newSecret() };
      const text = encodeToken(token);
      assert.match(text, /^[\w-]+$/);
      assert.deepEqual(decodeToken(text), token);
      const place = at % text.length;
      const altered = text.slice(0, place) + other[0] + text.slice(place + 1);
      if (altered !== text) assert.equal(decodeToken(altered), null);
      assert.equal(decodeToken(text.slice(0, place)), null);
    }),
  );
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      decodeToken(text);
      assert.equal(decodeToken(`cst1_${text}`), null);
    }),
  );
});
