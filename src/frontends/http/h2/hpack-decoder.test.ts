import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HpackDecoder } from './hpack-decoder.ts';

/** Reads blocks of one connection, hex, one after the other. */
function read(
  blocks: readonly string[],
  maxFields = 100,
  maxBytes = 10_000,
): (string[] | string)[] {
  const decoder = new HpackDecoder(maxFields, maxBytes);
  return blocks.map((hex) => {
    const list: string[] = [];
    const bytes = Buffer.from(`ff${hex.replaceAll(' ', '')}ff`, 'hex');
    const outcome = decoder.read(bytes, 1, bytes.length - 1, list);
    return outcome === 'read' ? list : outcome;
  });
}

const REQUESTS = [
  [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com'],
  [
    ':method',
    'GET',
    ':scheme',
    'http',
    ':path',
    '/',
    ':authority',
    'www.example.com',
    'cache-control',
    'no-cache',
  ],
  [
    ':method',
    'GET',
    ':scheme',
    'https',
    ':path',
    '/index.html',
    ':authority',
    'www.example.com',
    'custom-key',
    'custom-value',
  ],
];
const DATE = 'Mon, 21 Oct 2013 20:13:21 GMT';
const LOCATION = ['location', 'https://www.example.com'];
const COOKIE = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';
const RESPONSES = [
  [':status', '302', 'cache-control', 'private', 'date', DATE, ...LOCATION],
  [':status', '307', 'cache-control', 'private', 'date', DATE, ...LOCATION],
  [
    ':status',
    '200',
    'cache-control',
    'private',
    'date',
    DATE.replace(':21 ', ':22 '),
    ...LOCATION,
    'content-encoding',
    'gzip',
    'set-cookie',
    COOKIE,
  ],
];
/** A table of 256 bytes, as the RFC's responses are written for. */
const SMALL_TABLE = '3fe101';

describe('the examples of RFC 7541', () => {
  test('requests without Huffman coding (C.3)', () => {
    const blocks = [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ];
    assert.deepEqual(read(blocks), REQUESTS);
  });

  test('requests with it (C.4)', () => {
    const blocks = [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ];
    assert.deepEqual(read(blocks), REQUESTS);
  });

  test('responses, and a table that lets its oldest fields go (C.5)', () => {
    const blocks = [
      `${SMALL_TABLE} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133
       2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      '4803 3330 37c1 c0bf',
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a
       6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d
       6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
    ];
    assert.deepEqual(read(blocks.map((hex) => hex.replaceAll(/\s/g, ''))), RESPONSES);
  });

  test('the same with Huffman coding (C.6)', () => {
    const blocks = [
      `${SMALL_TABLE} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6
       2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      '4883 640e ffc1 c0bf',
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d
       d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106
       3d50 07`,
    ];
    assert.deepEqual(read(blocks.map((hex) => hex.replaceAll(/\s/g, ''))), RESPONSES);
  });
});

describe('the table', () => {
  const entry = (name: string, value: string): string => `40${text(name)}${text(value)}`;

  test('holds as many bytes as it may, and lets the oldest go', () => {
    // 100 bytes each with the 32 of the entry: 40 of them fit in 4096.
    const add = entry('n', 'v'.repeat(67));
    const blocks = [entry('first', 'x'.repeat(60)), add.repeat(40), 'e5', 'e6'];
    const [, , oldest, beyond] = read(blocks);
    assert.deepEqual(oldest, ['n', 'v'.repeat(67)]);
    assert.equal(beyond, 'malformed');
  });

  test('is emptied by an entry that does not fit, and by a size of nothing', () => {
    const large = entry('n', 'v'.repeat(99));
    assert.equal(read([`3f45${entry('a', 'b')}${large}`, 'be'])[1], 'malformed');
    assert.equal(read([entry('a', 'b'), '20', 'be'])[2], 'malformed');
    assert.deepEqual(read([entry('a', 'b'), `203fe11f${entry('c', 'd')}`, 'be'])[2], ['c', 'd']);
  });

  test('keeps what was left out of a list that is too large', () => {
    assert.deepEqual(read([entry('a', 'b').repeat(3), 'be'], 2), ['too-large', ['a', 'b']]);
    assert.deepEqual(read([entry('a', 'b'.repeat(90)), 'be'], 2, 100), ['too-large', 'too-large']);
  });
});

describe('is malformed', () => {
  const cases: Record<string, string> = {
    'an index of 0': '80',
    'an index beyond the tables': 'be',
    'a name of an index beyond the tables': '7f00',
    'an index that does not end': 'ff',
    'an index without an end': 'ffffffffffff7f',
    'a name that is cut': '400561',
    'a value that is missing': '400161',
    'a value that is cut': '4001610562',
    'a length without an end': '4001617fffffffff7f',
    'a table larger than the setting': '3fe21f',
    'a table size behind a field': '8220',
    'padding of a byte': '40016182 1fff',
    'padding of zeros': '40016181 18',
    'the end-of-string symbol': '40016184 ffffffff',
  };
  for (const [name, hex] of Object.entries(cases)) {
    test(name, () => assert.deepEqual(read([hex]), ['malformed']));
  }
});

function text(value: string): string {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]).toString('hex');
}
