import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerReader, PatternReader } from './answer.ts';

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nabcabca');

function read(answer: Buffer, pieceLength: number): string[] {
  const reader = new AnswerReader(Buffer.from('abc'), 7);
  const progress: string[] = [];
  for (let at = 0; at < answer.length; at += pieceLength) {
    progress.push(reader.read(answer.subarray(at, at + pieceLength)));
  }
  return progress;
}

test('an answer is whole at its last byte, however it is cut', () => {
  for (let length = 1; length <= ANSWER.length; length++) {
    const progress = read(ANSWER, length);
    assert.equal(progress.pop(), 'whole', `pieces of ${length}`);
    assert.ok(progress.every((each) => each === 'more'));
  }
});

test('reads one answer after another', () => {
  const reader = new AnswerReader(Buffer.from('abc'), 7);
  assert.deepEqual([reader.read(ANSWER), reader.read(ANSWER)], ['whole', 'whole']);
});

test('finds a wrong status, a wrong byte and a byte too many', () => {
  const changed = (from: string, to: string): Buffer =>
    Buffer.from(String(ANSWER).replace(from, to));
  for (const answer of [changed('200', '500'), changed('bca', 'bcb'), changed('bca', 'bcab')]) {
    assert.ok(read(answer, answer.length).includes('wrong'), String(answer));
  }
});

test('bytes are compared with the pattern wherever a piece begins', () => {
  const pattern = new PatternReader(Buffer.from('abc'), 6);
  assert.equal(pattern.read(Buffer.from('xxabxx'), 2, 4), 'more');
  assert.equal(pattern.read(Buffer.from('cabc'), 0, 4), 'whole');
  assert.equal(pattern.read(Buffer.from('b'), 0, 1), 'wrong');
});
