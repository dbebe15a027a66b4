import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { needs } from '../../test/support/programs.ts';
import {
  decodeCertificates,
  decodePem,
  decodePemLabelled,
  decodePlainPem,
  encodePem,
  PemError,
} from './pem.ts';

const block = encodePem('CERTIFICATE', Buffer.from('hello, certificate'));

test('what is encoded decodes to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
      const [first, ...rest] = decodePem(encodePem('X Y', bytes));
      assert.equal(rest.length, 0);
      assert.equal(first?.label, 'X Y');
      assert.deepEqual(first.bytes, Buffer.from(bytes));
    }),
  );
});

test('a block alone as it is encoded is read at once, and any other text is not', () => {
  assert.deepEqual(decodePlainPem(block, 'CERTIFICATE'), Buffer.from('hello, certificate'));
  const at = block.indexOf('aGVs');
  const others = [
    ['', 'empty'],
    [block.trimEnd(), 'no line feed at the end'],
    [` ${block}`, 'something before'],
    [`${block}\n`, 'something behind'],
    [block + block, 'two blocks'],
    [block.replaceAll('\n', '\r\n'), 'CRLF'],
    [`${block.slice(0, at)} ${block.slice(at)}`, 'a space'],
    [`${block.slice(0, at)}!${block.slice(at)}`, 'no base64'],
    [`${block.slice(0, at + 4)}\n${block.slice(at + 4)}`, 'short lines'],
    [encodePem('X', Buffer.from('x')), 'another label'],
    ['-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n', 'nothing in it'],
    ['-----BEGIN CERTIFICATE-----\n', 'no end'],
  ] as const;
  for (const [text, name] of others) assert.equal(decodePlainPem(text, 'CERTIFICATE'), null, name);
});

test('what is read at once is exactly what is written, whatever one character is changed', () => {
  const texts = fc
    .tuple(
      fc.uint8Array({ minLength: 1, maxLength: 200 }),
      fc.nat(),
      fc.constantFrom('', '\n', '=', '==', 'A', 'B', 'w', '-', '_', ' ', '\r', '\u0141', 'AAAA'),
      fc.nat(2),
    )
    .map(([bytes, place, piece, removed]) => {
      const text = encodePem('PRIVATE KEY', bytes);
      const at = place % text.length;
      return text.slice(0, at) + piece + text.slice(at + removed);
    });
  fc.assert(
    fc.property(texts, (text) => {
      const decoded = Buffer.from(text.split('-----')[2] ?? '', 'base64');
      const isWritten = decoded.length > 0 && encodePem('PRIVATE KEY', decoded) === text;
      assert.deepEqual(decodePlainPem(text, 'PRIVATE KEY'), isWritten ? decoded : null);
    }),
    { numRuns: 5000 },
  );
});

test('passes over a byte order mark, CRLF, comments, blank lines and a missing last line break', () => {
  const text = `\ufeffBag Attributes\r\n  friendlyName: me\r\n\r\n${block.replaceAll('\n', '\r\n')}\r\n# next: --- a comment\r\n--\r\n${block.trimEnd()}`;
  const blocks = decodePem(text);
  assert.deepEqual(
    blocks.map((found) => [found.label, found.line, found.bytes.toString()]),
    [
      ['CERTIFICATE', 4, 'hello, certificate'],
      ['CERTIFICATE', 10, 'hello, certificate'],
    ],
  );
});

test('takes one long line and indented lines', () => {
  const long = Buffer.alloc(500, 7);
  const base64 = long.toString('base64');
  assert.deepEqual(decodePem(`-----BEGIN A-----\n${base64}\n-----END A-----`)[0]?.bytes, long);
  const indented = encodePem('A', long).replaceAll(/^/gm, '    ');
  assert.deepEqual(decodePem(indented)[0]?.bytes, long);
});

test('a text without a block is an empty list, and an error where a label is asked for', () => {
  assert.deepEqual(decodePem(''), []);
  assert.deepEqual(decodePem('just words'), []);
  assert.throws(() => decodeCertificates('just words'), {
    code: 'missing',
    message: /no PEM block/,
  });
  assert.throws(() => decodePemLabelled(block, ['X509 CRL']), {
    code: 'missing',
    message: /it has CERTIFICATE/,
  });
});

const refusals: readonly [string, string, string, number][] = [
  ['a block without an end', '-----BEGIN A-----\nAAAA\n', 'unclosed', 1],
  [
    'a block inside a block',
    '-----BEGIN A-----\nAAAA\n-----BEGIN A-----\nAAAA\n-----END A-----',
    'unclosed',
    3,
  ],
  ['an end of another label', '\n-----BEGIN A-----\nAAAA\n-----END B-----', 'mismatched-end', 4],
  ['an end alone', '-----END A-----', 'mismatched-end', 1],
  ['a boundary with too few dashes', '-----BEGIN A----\nAAAA\n-----END A-----', 'bad-boundary', 1],
  [
    'two boundaries on a line',
    '-----BEGIN A-----\nAAAA\n-----END A----------BEGIN A-----\nAAAA\n-----END A-----',
    'bad-boundary',
    3,
  ],
  ['a stray character', '-----BEGIN A-----\nAAAA\nAA!A\n-----END A-----', 'bad-base64', 3],
  ['a control character', '-----BEGIN A-----\nAA\u0000A\n-----END A-----', 'bad-base64', 2],
  ['padding in the middle', '-----BEGIN A-----\nAA==\nAAAA\n-----END A-----', 'bad-base64', 3],
  ['a text cut short', '-----BEGIN A-----\nAAAAA\n-----END A-----', 'bad-base64', 2],
  ['stray bits', '-----BEGIN A-----\nAAAAAB==\n-----END A-----', 'bad-base64', 2],
  ['an empty block', '-----BEGIN A-----\n-----END A-----', 'empty', 1],
  ['a URL-safe alphabet', '-----BEGIN A-----\nAA_A\n-----END A-----', 'bad-base64', 2],
];

for (const [name, text, code, line] of refusals) {
  test(`refuses ${name}`, () => {
    assert.throws(
      () => decodePem(text),
      (error) => {
        assert.ok(error instanceof PemError);
        assert.equal(error.code, code);
        assert.equal(error.line, line);
        return true;
      },
    );
  });
}

test('is bounded in length and in number of blocks', () => {
  assert.throws(() => decodePem(block, { maxLength: 10 }), { code: 'too-long' });
  assert.throws(() => decodePem(block.repeat(3), { maxBlocks: 2 }), {
    code: 'too-many-blocks',
    line: 7,
  });
});

test('no text makes it throw anything but PemError', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '-----BEGIN A-----',
      '-----END A-----',
      '\n',
      '\r\n',
      'AAAA',
      '=',
      'Proc-Type: 4,ENCRYPTED',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      try {
        decodePem(pieces.join(''));
      } catch (error) {
        assert.ok(error instanceof PemError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('openssl reads what is written', needs('openssl'), () => {
  const key = execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-outform', 'DER'], {
    stdio: 'pipe',
  });
  const text = execFileSync('openssl', ['pkey', '-text', '-noout'], {
    input: encodePem('PRIVATE KEY', key),
    stdio: 'pipe',
  });
  assert.match(text.toString(), /ED25519 Private-Key/);
});

test('a line of dashes inside a block is refused without being quoted', () => {
  const text = '-----BEGIN X-----\nAAAA\n-----\x1b[2J\u009bMIIEvQ\n-----END X-----\n';
  assert.throws(() => decodePem(text), {
    code: 'unclosed',
    message: 'line 3: expected END X for the block begun in line 1, found a line of dashes',
  });
});

test('what stands in the place of a label is quoted only where it looks like one', () => {
  const part = 'MHcCAQEEIHq0wEHBG0wawIBAQQgE';
  for (const text of [
    `-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE ${part}-----\n`,
    `-----BEGIN ${part}-----\nAAAA\n-----END PRIVATE KEY-----\n`,
    `-----END ${part}-----\n`,
    `-----BEGIN ${part}-----\n`,
    encodePem(part, Buffer.from('x')),
  ]) {
    assert.throws(
      () => decodePemLabelled(text, ['CERTIFICATE']),
      (error) => error instanceof PemError && !error.message.includes(part.slice(0, 8)),
    );
  }
});
