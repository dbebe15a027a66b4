import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { Slab } from '../../slab.ts';
import type { Http1Connection } from './http1-connection.ts';
import { Http1Upload } from './http1-upload.ts';

test('what is read into a slab in one turn goes out in one write, and the slab is lent on after it', async () => {
  const { upload, sent } = setup({ kind: 'length', length: 40_000 });
  const slab = lease();
  upload.dataInSlab(fill(slab, 16_384, 'a'), slab);
  upload.dataInSlab(fill(slab, 16_384, 'b'), slab);
  assert.equal(sent.length, 0);
  await turn();
  assert.equal(sent.length, 1);
  assert.deepEqual(sent[0]?.pieces.map(String), ['a'.repeat(16_384) + 'b'.repeat(16_384)]);
  slab.release();
  assert.ok(!isLentOn(slab), 'while it is written');
  sent[0]?.written?.();
  assert.ok(isLentOn(slab), 'afterwards');
});

test('a slab is kept from others while what was gathered waits', () => {
  const { upload } = setup({ kind: 'length', length: 40_000 });
  const slab = lease();
  upload.dataInSlab(fill(slab, 16_384, 'a'), slab);
  slab.release();
  assert.ok(!isLentOn(slab));
  upload.detach();
  assert.ok(isLentOn(slab), 'once nobody wants it any more');
});

test('the order of what comes in slabs, and of what does not, is kept, and the end comes last', () => {
  const { upload, sent } = setup({ kind: 'length', length: 50 });
  const [first, second] = [lease(), lease()];
  upload.data(Buffer.alloc(10, '0'));
  upload.dataInSlab(fill(first, 10, '1'), first);
  upload.dataInSlab(fill(second, 10, '2'), second);
  upload.data(Buffer.alloc(10, '3'));
  upload.dataInSlab(fill(second, 10, '4'), second);
  upload.end('');
  const text = sent.map(({ pieces }) => pieces.join('')).join('');
  assert.equal(
    text,
    ['0', '1', '2', '3', '4']
      .map((digit) => digit.repeat(10))
      .join('')
      .concat('end'),
  );
});

test('a body of unknown length is one chunk for each write', async () => {
  const { upload, sent } = setup({ kind: 'stream' });
  const slab = lease();
  upload.dataInSlab(fill(slab, 100, 'a'), slab);
  fill(slab, 5, '-');
  upload.dataInSlab(fill(slab, 100, 'b'), slab);
  await turn();
  assert.deepEqual(
    sent.map(({ head, pieces }) => [head, ...pieces.map(String)]),
    [['c8\r\n', 'a'.repeat(100), 'b'.repeat(100)]],
  );
  upload.end('');
  assert.deepEqual(sent[1]?.pieces, ['0\r\n\r\n', 'end']);
});

test('what was gathered of a body that is longer than announced is never written', async () => {
  const { upload, sent } = setup({ kind: 'length', length: 100 });
  const slab = lease();
  upload.dataInSlab(fill(slab, 90, 'a'), slab);
  upload.dataInSlab(fill(slab, 11, 'b'), slab);
  await turn();
  assert.deepEqual(
    sent.map(({ pieces }) => pieces),
    [['broken off']],
  );
  slab.release();
  assert.ok(isLentOn(slab));
});

interface Sent {
  readonly head: string;
  readonly pieces: readonly (Buffer | string)[];
  readonly written: (() => void) | null;
}

/** An upload to a connection that only remembers. */
function setup(body: { kind: 'length'; length: number } | { kind: 'stream' }) {
  const sent: Sent[] = [];
  const connection = {
    isStalled: false,
    sendBody: (pieces: Buffer[], written: () => void) => sent.push({ head: '', pieces, written }),
    sendChunk: (head: string, pieces: Buffer[], written: () => void) =>
      sent.push({ head, pieces, written }),
    endBody: (text: string) => sent.push({ head: '', pieces: [text, 'end'], written: null }),
    breakOff: () => {
      upload.detach();
      sent.push({ head: '', pieces: ['broken off'], written: null });
    },
  };
  const upload = new Http1Upload(connection as unknown as Http1Connection, body);
  return { upload, sent };
}

function lease(): Slab {
  const slab = Slab.lease();
  assert.ok(slab !== null);
  return slab;
}

/** What a read leaves in a slab. */
function fill(slab: Slab, size: number, character: string): Buffer {
  return slab.takeNext(size).fill(character);
}

/** Whether somebody else is given this slab. */
function isLentOn(slab: Slab): boolean {
  const others: Slab[] = [];
  for (let count = 0; count < 4; count += 1) others.push(lease());
  for (const other of others) other.release();
  return others.includes(slab);
}
