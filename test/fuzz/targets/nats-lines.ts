import assert from 'node:assert/strict';
import { type ClientFault, ClientReader } from '../../../src/frontends/nats/wire/client-reader.ts';
import { UpstreamReader } from '../../../src/frontends/nats/wire/upstream-reader.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { textMutations } from '../../support/mutation.ts';
import { type NatsOperation, readAsServer } from '../../support/nats-parser.ts';

const MAX_CONTROL_LINE = 256;
const MAX_PAYLOAD = 300;

const TOKENS = [
  'PUB ',
  'HPUB ',
  'SUB ',
  'UNSUB ',
  'PING\r\n',
  'PONG\r\n',
  '+OK\r\n',
  'CONNECT {}\r\n',
].concat(
  [
    'pub',
    '\r\n',
    '\n',
    '\r',
    ' ',
    '\t',
    '0',
    '5',
    '005',
    '999999999',
    '-1',
    '1e1',
    '\0',
    'INFO {}\r\n',
  ],
  [
    'secret',
    'open',
    'secret.x 0\r\n\r\n',
    '-ERR x\r\n',
    'MSG a 1 1\r\n',
    'CONNECT{"user":"x"}\r\n',
    '\xff',
  ],
);

/**
 * What a client sends. However it is cut, the upstream reads the same in what is passed on, nothing that
 * is refused is in it, and nothing that is allowed is missing.
 */
export const natsClientTarget: FuzzTarget = {
  name: 'NATS client lines',
  corpus: [
    'CONNECT {"verbose":false}\r\nPING\r\n',
    'CONNECT {}\r\nSUB open 1\r\nSUB open q 2\r\nUNSUB 1\r\nUNSUB 2 5\r\nPONG\r\n+OK\r\n',
    'CONNECT {}\r\nPUB open 5\r\nhello\r\nPUB open 5\r\nworld\r\nPUB open 0\r\n\r\nPUB open reply 2\r\nhi\r\n',
    'connect {}\r\nHPUB open 12 17\r\nNATS/1.0\r\n\r\nhello\r\nHPUB open re 12 12\r\nNATS/1.0\r\n\r\n\r\n',
    'CONNECT {}\r\nPUB secret 12\r\nPUB open 0\r\n\r\nPUB\topen\t3\r\nabc\r\nSUB secret 1\r\nPING\r\n',
    `CONNECT {}\r\n${'PUB open 3\r\nabc\r\n'.repeat(30)}`,
    `CONNECT {}\r\nPUB open ${MAX_PAYLOAD}\r\n${'x'.repeat(MAX_PAYLOAD)}\r\n`,
    'ping\npub open 1\nx\r\nsub  open   5\n',
  ].map((text) => Buffer.from(text)),
  tokens: TOKENS,
  mutations: textMutations,
  longest: 20_000,
  check(input, random) {
    const whole = readClient([input]);
    const inPieces = readClient(random.cut(input));
    const sent = readAsServer(input.toString('latin1'), MAX_CONTROL_LINE, MAX_PAYLOAD);
    // A line that can't end well may be refused before its end has come.
    if (sent.end === 'whole') {
      assert.equal(inPieces.fault === null, whole.fault === null, 'a fault depends on the cuts');
    }
    const passed = operationsIn(whole.passed);
    assert.deepEqual(operationsIn(inPieces.passed), passed);
    assert.deepEqual(inPieces.connects, whole.connects);
    for (const { verb, args } of passed) {
      assert.ok(verb !== 'CONNECT' || args[0] === REWRITTEN, `CONNECT ${args[0]}`);
      assert.ok(verb !== 'INFO' && verb !== '+OK');
      if (verb === 'PUB' || verb === 'HPUB' || verb === 'SUB') {
        assert.ok(!isSecret(args[0] ?? ''), `${verb} ${args[0]}`);
      }
    }
    assert.ok(passed.filter(({ verb }) => verb === 'CONNECT').length <= 1);
    const allowed = sent.operations.filter(isAllowed).map(asPassed);
    assert.deepEqual(passed, allowed.slice(0, passed.length), 'passed on what was not sent');
    if (whole.fault !== null) return false;
    const hasOpenLine = !input.subarray(-MAX_CONTROL_LINE).includes(0x0a);
    assert.ok(sent.end !== 'closed' || hasOpenLine, 'nats-server closes here');
    assert.equal(passed.length, allowed.length, 'lost something');
    return sent.end === 'whole';
  },
};

const REWRITTEN = '{"user":"mapped"}';

function isObject(json: string): boolean {
  try {
    return /^\s*\{/.test(json) && JSON.parse(json) !== null;
  } catch {
    return false;
  }
}

function isSecret(subject: string): boolean {
  return subject.startsWith('secret');
}

function isAllowed({ verb, args }: NatsOperation): boolean {
  if (verb === '+OK') return false;
  const names = verb === 'PUB' || verb === 'HPUB' || verb === 'SUB';
  return !names || !isSecret(args[0] ?? '');
}

function asPassed(operation: NatsOperation): NatsOperation {
  return operation.verb === 'CONNECT' ? { ...operation, args: [REWRITTEN] } : operation;
}

function operationsIn(passed: Buffer): readonly NatsOperation[] {
  const text = passed.toString('latin1');
  return readAsServer(text, MAX_CONTROL_LINE, MAX_PAYLOAD).operations;
}

function readClient(pieces: Iterable<Buffer>): {
  passed: Buffer;
  fault: ClientFault | null;
  connects: string[];
} {
  const passed: Buffer[] = [];
  const connects: string[] = [];
  const may = (bytes: Buffer, from: number, to: number): boolean =>
    !isSecret(bytes.toString('latin1', from, to));
  const reader = new ClientReader(
    {
      toUpstream: (bytes) => passed.push(Buffer.from(bytes)),
      connect: (json) => {
        connects.push(json.toString('latin1'));
        if (!isObject(json.toString())) return false;
        passed.push(Buffer.from(`CONNECT ${REWRITTEN}\r\n`));
        return true;
      },
      mayPublish: (bytes, from, to) => (may(bytes, from, to) ? 'always' : 'no'),
      maySubscribe: may,
    },
    { maxControlLine: MAX_CONTROL_LINE, requiresConnect: false },
  );
  reader.maxPayload = MAX_PAYLOAD;
  let fault: ClientFault | null = null;
  for (const piece of pieces) {
    fault = reader.push(piece);
    if (fault !== null) break;
  }
  return { passed: Buffer.concat(passed), fault, connects };
}

/** What an upstream sends: cut in any way it is the same, without INFO and without what is filtered. */
export const natsUpstreamTarget: FuzzTarget = {
  name: 'NATS upstream lines',
  corpus: [
    'INFO {"server_id":"x"}\r\nPING\r\nPONG\r\n+OK\r\n',
    "MSG open 1 5\r\nhello\r\nMSG open 1 reply 0\r\n\r\n-ERR 'Authorization Violation'\r\n",
    'MSG secret 1 12\r\nINFO {}\r\n012\r\nINFO {}\r\nMSG open 9 1\r\nx\r\n',
    'HMSG open 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\nHMSG secret 1 re 12 12\r\nNATS/1.0\r\n\r\n\r\n',
  ].map((text) => Buffer.from(text)),
  tokens: [...TOKENS, 'MSG ', 'HMSG ', 'INFO {"a":1}\r\n', 'MSG secret 1 3\r\nabc\r\n'],
  mutations: textMutations,
  longest: 20_000,
  check(input, random) {
    const whole = readUpstream([input]);
    const inPieces = readUpstream(random.cut(input));
    if (!whole.isNats) return false;
    assert.ok(inPieces.isNats, 'a fault depends on the cuts');
    assert.deepEqual(inPieces.infos, whole.infos);
    assert.deepEqual(inPieces.passed, whole.passed);
    // Lines and messages, read without an eye for what they mean.
    let text = whole.passed.toString('latin1');
    while (text !== '') {
      const line = /^[^\n]*\n/.exec(text)?.[0];
      if (line === undefined) break;
      assert.doesNotMatch(line, /^info/i);
      assert.doesNotMatch(line, /^[hH]?[mM][sS][gG][ \t]+secret/);
      text = text.slice(line.length);
      const size = line
        .trimEnd()
        .split(/[ \t]+/)
        .at(-1);
      if (/^h?msg[ \t]/i.test(line)) text = text.slice(Number(size) + 2);
    }
    return true;
  },
};

function readUpstream(pieces: Iterable<Buffer>): {
  passed: Buffer;
  isNats: boolean;
  infos: string[];
} {
  const passed: Buffer[] = [];
  const infos: string[] = [];
  const reader = new UpstreamReader({
    toClient: (bytes) => passed.push(Buffer.from(bytes)),
    info: (json) => infos.push(json.toString('latin1')),
    error: () => {},
    mayDeliver: (bytes, from, to) => !isSecret(bytes.toString('latin1', from, to)),
    messageEnded: () => {},
  });
  reader.inspects = true;
  let isNats = true;
  for (const piece of pieces) {
    isNats = reader.push(piece);
    if (!isNats) break;
  }
  return { passed: Buffer.concat(passed), isNats, infos };
}
