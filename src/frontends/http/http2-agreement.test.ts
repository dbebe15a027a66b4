// Requests and answers as node:http2 (nghttp2) writes and reads them, Huffman coding and tables included.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { after, before, test, type TestContext } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { startHttpGateway } from '../../../test/support/http-gateway.ts';
import { type KeyPair, OpensslCa } from '../../../test/support/openssl-certificates.ts';
import { Random } from '../../../test/support/random.ts';
import type { Exchange } from './exchange.ts';
import type { HttpLimits } from './options.ts';

let ca: OpensslCa;
let certificate: KeyPair;
before(() => {
  ca = new OpensslCa('ca');
  certificate = ca.issue('localhost', ['DNS:localhost']);
});
after(() => ca.remove());

const NAMES = ['accept', 'user-agent', 'x-a', 'x-b', 'x-longer-name', 'authorization', 'a', 'etag'];
/** Every byte that a field value may hold. */
const VALUE_BYTES = Array.from({ length: 256 }, (_, code) => code)
  .filter((code) => code >= 0x20 && code !== 0x7f)
  .map((code) => String.fromCharCode(code));

for (const [name, settings] of Object.entries({
  'with the usual table': {},
  'with a small table': { headerTableSize: 200 },
  'without a table': { headerTableSize: 0 },
})) {
  test(`fields of many requests and answers are the same on both sides, ${name}`, async (t) => {
    const random = new Random(7, settings.headerTableSize ?? 1);
    const session = await open(
      t,
      (exchange) => {
        const { fields } = exchange.request;
        exchange.respond({ status: 200, reason: '', fields, body: { kind: 'none', length: null } });
        exchange.end('');
      },
      settings,
    );
    for (let round = 0; round < 50; round++) {
      const sent = randomFields(random);
      const stream = session.request({ ':path': `/${round}`, ...sent });
      const [answer] = (await once(stream, 'response')) as [Record<string, string>];
      for (const [field, value] of Object.entries(sent)) assert.equal(answer[field], value, field);
      stream.resume();
    }
  });
}

test('a head of more than one frame, both ways, and trailers as long', async (t) => {
  const long = 'x'.repeat(20_000);
  const session = await open(t, (exchange) => {
    assert.ok(exchange.request.fields.includes(long));
    exchange.respond({
      status: 418,
      reason: '',
      fields: `X-Long: ${long}\r\nX-Last: 1\r\n`,
      body: { kind: 'stream' },
    });
    exchange.end(`X-Sum: ${long}\r\n`);
  });
  const stream = session.request({ 'x-long': long });
  const trailers = once(stream, 'trailers') as Promise<[Record<string, string>]>;
  const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
  assert.deepEqual([answer[':status'], answer['x-long'], answer['x-last']], [418, long, '1']);
  stream.resume();
  const [fields] = await trailers;
  assert.equal(fields['x-sum'], long);
});

test('bodies of any size, through windows of any size, many at a time', async (t) => {
  const random = new Random(3, 1);
  const size = 300_000;
  const body = Buffer.from(Array.from({ length: size }, () => random.below(256)));
  const session = await open(
    t,
    (exchange) => {
      exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'stream' } });
      exchange.onDrain = () => exchange.resumeBody();
      exchange.receiveBody({
        data: (bytes) => exchange.write(bytes),
        end: () => exchange.end(''),
        abort: () => {},
      });
    },
    { initialWindowSize: 5000 },
  );
  const lengths = Array.from({ length: 16 }, () => random.below(size));
  const answers = await Promise.all(
    lengths.map(async (length) => {
      const stream = session.request({ ':method': 'POST' }, { endStream: false });
      stream.end(body.subarray(0, length));
      return buffer(stream);
    }),
  );
  lengths.forEach((length, i) => {
    assert.ok(answers[i]?.equals(body.subarray(0, length)), `${length} bytes`);
  });
});

test('a window that the client changes meanwhile', async (t) => {
  const size = 200_000;
  const session = await open(
    t,
    (exchange) => {
      exchange.respond({
        status: 200,
        reason: '',
        fields: '',
        body: { kind: 'length', length: size },
      });
      exchange.write(Buffer.alloc(size, 'a'));
      exchange.end('');
    },
    { initialWindowSize: 0 },
  );
  const stream = session.request({});
  await once(stream, 'response');
  const received = buffer(stream);
  session.settings({ initialWindowSize: 70_000 });
  assert.equal((await received).length, size);
});

test('a client that gives up, in the middle of what it sends or is sent, harms no other', async (t) => {
  const session = await open(t, (exchange) => {
    exchange.receiveBody({ data: () => true, end: () => {}, abort: () => {} });
    exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'stream' } });
    const more = (): void => {
      while (exchange.request.path !== '/last' && exchange.write(Buffer.alloc(10_000)));
      if (exchange.request.path === '/last') exchange.end('');
    };
    exchange.onDrain = more;
    more();
  });
  for (let i = 0; i < 30; i++) {
    const stream = session.request({ ':method': 'POST' }, { endStream: false });
    stream.on('error', () => {});
    stream.write(Buffer.alloc(30_000));
    await once(stream, 'response');
    stream.close(constants.NGHTTP2_CANCEL);
  }
  const last = session.request({ ':path': '/last' });
  assert.equal((await buffer(last)).length, 0);
});

function randomFields(random: Random): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let left = random.below(6); left > 0; left--) {
    const length = random.below(5) === 0 ? random.below(300) : random.below(20);
    const value = Array.from({ length }, () => random.pick(VALUE_BYTES)).join('');
    fields[random.pick(NAMES)] = value.trim();
  }
  return fields;
}

async function open(
  t: TestContext,
  handle: (exchange: Exchange) => void,
  settings: Record<string, number> = {},
  limits: Partial<HttpLimits> = {},
): Promise<ClientHttp2Session> {
  const gateway = await startHttpGateway(t, certificate, { handle }, limits);
  const session = connect(`https://localhost:${gateway.port}`, { ca: ca.root.certPem, settings });
  t.after(() => session.destroy());
  await once(session, 'connect');
  return session;
}
