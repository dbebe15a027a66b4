import assert from 'node:assert/strict';
import { BARE_LF, HeadBuffer, INCOMPLETE } from '../../../src/frontends/http/wire/head-buffer.ts';
import { refuse, type WireRefusal } from '../../../src/frontends/http/wire/refusal.ts';
import {
  type ParsedResponse,
  parseResponseHead,
} from '../../../src/frontends/http/wire/response-head.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { textMutations } from '../../support/mutation.ts';
import { responseCases } from '../../vectors/http1-responses.ts';
import { HTTP_TOKENS } from '../../vectors/fuzz/tokens.ts';

/** Response heads of an upstream that is not to be trusted with where its answers end. */
export const responseHeadTarget: FuzzTarget = {
  name: 'response head',
  corpus: responseCases
    .filter(({ expected }) => typeof expected !== 'string')
    .map(({ raw }) => Buffer.from(raw, 'latin1')),
  tokens: HTTP_TOKENS,
  mutations: textMutations,
  check(input, random) {
    const method = random.pick(['GET', 'HEAD', 'POST']);
    const whole = readHead([input], method);
    assert.deepEqual(readHead(random.cut(input), method), whole);
    if (whole === 'incomplete' || whole.kind === 'refused') return false;
    checkResponse(whole, input.toString('latin1').split('\r\n\r\n', 1)[0] ?? '', method);
    return true;
  },
};

function readHead(
  pieces: Iterable<Buffer>,
  method: string,
): ParsedResponse | WireRefusal | 'incomplete' {
  const buffer = new HeadBuffer();
  for (const piece of pieces) {
    buffer.append(piece);
    const length = buffer.findHead(32_768);
    const { bytes, start } = buffer;
    if (length > 0) return parseResponseHead(bytes, start, start + length, method, 100);
    if (length !== INCOMPLETE) return refuse(length === BARE_LF ? 'bare-lf' : 'head-too-long');
  }
  return 'incomplete';
}

function checkResponse(response: ParsedResponse, head: string, method: string): void {
  assert.match(response.fields, /^([!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*$/);
  assert.match(response.reason, /^[\t -~\x80-\xff]*$/);
  assert.doesNotMatch(response.fields, /^(content-length|transfer-encoding|connection|upgrade):/im);
  const saysLength = /^content-length:/im.test(head);
  const saysChunked = /^transfer-encoding:/im.test(head);
  assert.ok(!(saysLength && saysChunked), 'both framings');
  const { status, framing, persistent } = response;
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) {
    assert.equal(framing, 'none');
  } else if (saysChunked) assert.equal(framing, 'chunked');
  else assert.equal(framing, saysLength ? 'length' : 'close');
  if (framing === 'close') assert.equal(persistent, false);
  if (framing === 'length') assert.equal(response.body.kind, 'length');
}
