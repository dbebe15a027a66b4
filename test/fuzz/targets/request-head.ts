import assert from 'node:assert/strict';
import { requestHeadText } from '../../../src/frontends/http/origins/http1-request.ts';
import { BARE_LF, HeadBuffer, INCOMPLETE } from '../../../src/frontends/http/wire/head-buffer.ts';
import { refuse, type WireRefusal } from '../../../src/frontends/http/wire/refusal.ts';
import {
  type ParsedRequest,
  parseRequestHead,
} from '../../../src/frontends/http/wire/request-head.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { textMutations } from '../../support/mutation.ts';
import { requestCases } from '../../vectors/http1-requests.ts';
import { HTTP_TOKENS } from '../../vectors/fuzz/tokens.ts';

const MAX_HEAD = 32_768;
const MAX_FIELDS = 100;

/** Request heads. What is passed on can be passed on again as it is: it has one meaning. */
export const requestHeadTarget: FuzzTarget = {
  name: 'request head',
  corpus: requestCases
    .filter(({ answers, raw }) => answers[0] === 200 && raw.length < 2000 && !raw.startsWith('\r'))
    .map(({ raw }) => Buffer.from(raw, 'latin1')),
  tokens: HTTP_TOKENS,
  mutations: textMutations,
  check(input, random) {
    const whole = readHead([input]);
    assert.deepEqual(readHead(random.cut(input)), whole);
    if (whole === 'incomplete' || whole.kind === 'refused') return false;
    checkRequest(whole);
    return true;
  },
};

type Outcome = ParsedRequest | WireRefusal | 'incomplete';

function readHead(pieces: Iterable<Buffer>): Outcome {
  const buffer = new HeadBuffer();
  for (const piece of pieces) {
    buffer.append(piece);
    const length = buffer.findHead(MAX_HEAD);
    if (length > 0)
      return parseRequestHead(buffer.bytes, buffer.start, buffer.start + length, MAX_FIELDS);
    if (length !== INCOMPLETE) return refuse(length === BARE_LF ? 'bare-lf' : 'head-too-long');
    assert.ok(buffer.length <= MAX_HEAD, 'more is held than is read');
  }
  return 'incomplete';
}

function checkRequest(request: ParsedRequest): void {
  assert.match(request.fields, /^([!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*$/);
  const names = [...request.fields.matchAll(/^[^:]+/gm)].map(([name]) => canonical(name));
  for (const name of names) {
    assert.ok(!OURS.test(name), `the field ${name} passed`);
    assert.ok(!/^(host|connection|content-length|transfer-encoding|upgrade|expect|te)$/.test(name));
  }
  assert.match(request.target, /^(\/[!-"$-~]*|\*)$/);
  const text = requestHeadText({ ...request, upgrade: null }, 'X-Client-User: derek\r\n');
  const bytes = Buffer.from(text, 'latin1');
  const again = parseRequestHead(bytes, 0, bytes.length, MAX_FIELDS + 10);
  assert.ok(again.kind === 'request', JSON.stringify(again));
  for (const key of ['method', 'target', 'path', 'authority', 'fields'] as const) {
    assert.equal(again[key], request[key]);
  }
  assert.deepEqual(again.body, request.body);
}

const OURS = /^(x-client-|x-forwarded-|forwarded$|client-cert(-chain)?$|x-real-ip$|proxy$)/;

/** As CGI and its children read a name. */
function canonical(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
}
