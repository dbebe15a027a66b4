import assert from 'node:assert/strict';
import {
  ClientHelloReader,
  type HelloResult,
  MAX_HELLO_BYTES,
} from '../../../src/tls/client-hello-reader.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { HELLO_TOKENS } from '../../vectors/fuzz/tokens.ts';
import { corpusOf } from './corpus.ts';

/** The first bytes of a connection. However they are cut, the same is read, within the bound. */
export const clientHelloTarget: FuzzTarget = {
  name: 'ClientHello',
  corpus: corpusOf('fuzz/client-hello/*.bin'),
  tokens: HELLO_TOKENS,
  longest: 80_000,
  check(input, random) {
    const { result } = readAll([input]);
    const cut = readAll(random.cut(input));
    assert.deepEqual(cut.result, result);
    assert.ok(cut.pushed <= MAX_HELLO_BYTES + 20_000, 'it goes on past the bound');
    assert.deepEqual(cut.bytes, input.subarray(0, cut.bytes.length));
    if (result.kind === 'malformed') {
      assert.match(result.detail, /^[ -~]{1,100}$/);
      assert.ok(ALERTS.includes(result.alert), `alert ${result.alert}`);
    }
    if (result.kind !== 'hello') return false;
    const { hello } = result;
    assert.match(hello.sni ?? 'none', /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/);
    for (const name of hello.alpn) assert.match(name, /^[!-~]{1,1020}$/);
    for (const list of [hello.versions, hello.groups, hello.cipherSuites, hello.pskIdentities]) {
      assert.ok(list.length <= 512);
    }
    assert.ok(hello.sessionId.length <= 32);
    return true;
  },
};

const ALERTS = [10, 22, 47, 50, 70];

function readAll(pieces: Iterable<Buffer>): { result: HelloResult; bytes: Buffer; pushed: number } {
  const reader = new ClientHelloReader();
  let result: HelloResult = { kind: 'incomplete' };
  let pushed = 0;
  for (const piece of pieces) {
    pushed += piece.length;
    result = reader.push(piece);
    if (result.kind !== 'incomplete') break;
  }
  return { result, bytes: reader.bytes, pushed };
}
