// Clients that keep an HTTP/2 server busy with next to nothing: it costs them their connection, and
// others are served meanwhile.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { FLAG, FRAME, FrameClient, fieldBlock, frame } from '../support/http2-frames.ts';
import { type HttpUpstream, startHttpUpstream } from '../support/http-upstream.ts';
import { LimitedGateway } from '../support/limited-gateway.ts';
import { needs } from '../support/programs.ts';

const ENHANCE_YOUR_CALM = 11;
const CANCEL = Buffer.from([0, 0, 0, 8]);

function request(path: string): string[] {
  return [':method', 'GET', ':scheme', 'https', ':authority', 'localhost', ':path', path];
}

function get(stream: number, path: string): Buffer {
  return frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, stream, fieldBlock(request(path)));
}

interface Flood {
  /** The frames of one round; rounds follow each other while the connection takes them. */
  readonly round: (round: number) => readonly Buffer[];
  /** Most requests of it that may reach the upstream. */
  readonly reaches: number;
  /** Rounds after which it must have cost the connection. */
  readonly rounds: number;
}

const floods: Record<string, Flood> = {
  'requests that are reset at once (CVE-2023-44487)': {
    round: (round) => {
      const stream = round * 2 + 1;
      return [get(stream, '/upstream'), frame(FRAME.reset, 0, stream, CANCEL)];
    },
    rounds: 5000,
    reaches: 300,
  },
  'requests that the server is made to reset (CVE-2025-8671)': {
    // A window update of nothing is an error of the stream.
    round: (round) => {
      const stream = round * 2 + 1;
      return [get(stream, '/upstream'), frame(FRAME.windowUpdate, 0, stream, Buffer.alloc(4))];
    },
    rounds: 5000,
    reaches: 300,
  },
  'CONTINUATION without an end (CVE-2024-27316)': {
    round: (round) =>
      round === 0
        ? [frame(FRAME.headers, FLAG.endStream, 1, fieldBlock(request('/upstream')))]
        : [frame(FRAME.continuation, 0, 1, fieldBlock(['a', 'b'.repeat(100)]))],
    rounds: 5000,
    reaches: 0,
  },
  'CONTINUATION of nothing': {
    round: (round) =>
      round === 0
        ? [frame(FRAME.headers, FLAG.endStream, 1, fieldBlock(request('/upstream')))]
        : [frame(FRAME.continuation, 0, 1)],
    rounds: 5000,
    reaches: 0,
  },
  'SETTINGS whose acknowledgements are read (CVE-2019-9515)': {
    round: () => [frame(FRAME.settings, 0, 0)],
    rounds: 2000,
    reaches: 0,
  },
  'PING whose answers are read (CVE-2019-9512)': {
    round: () => [frame(FRAME.ping, 0, 0, Buffer.alloc(8))],
    rounds: 10_000,
    reaches: 0,
  },
  'DATA of nothing (CVE-2019-9518)': {
    round: (round) =>
      round === 0
        ? [
            frame(
              FRAME.headers,
              FLAG.endHeaders,
              1,
              fieldBlock(request('/upstream').with(1, 'POST')),
            ),
          ]
        : [frame(FRAME.data, 0, 1)],
    rounds: 5000,
    reaches: 1,
  },
  'streams beyond what is allowed': {
    round: (round) => [get(round * 2 + 1, '/held')],
    rounds: 5000,
    reaches: 128,
  },
};

/** They cost us so little that they end nothing: what matters is that others are served. */
const trifles: Record<string, () => Buffer> = {
  'WINDOW_UPDATE of one': () => frame(FRAME.windowUpdate, 0, 0, Buffer.from([0, 0, 0, 1])),
  'PRIORITY (CVE-2019-9513)': () => frame(FRAME.priority, 0, 1, Buffer.from([0, 0, 0, 3, 1])),
  'frames of unknown types': () => frame(200, 0, 0, Buffer.alloc(8)),
};

/** A head with a field of 4000 bytes that it puts into the table (RFC 7541) and then names 10,000 times, a byte each. */
function expandingHead(stream: number): Buffer {
  const name = Buffer.from([0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]);
  const block = [fieldBlock(request('/upstream')), name, Buffer.alloc(4000, 0x62)];
  return frame(
    FRAME.headers,
    FLAG.endStream | FLAG.endHeaders,
    stream,
    Buffer.concat([...block, Buffer.alloc(10_000, 0xbe)]),
  );
}

describe('a flood over HTTP/2', needs('openssl'), () => {
  let gateway: LimitedGateway;
  let upstream: HttpUpstream;
  const hooks: (() => unknown)[] = [];
  before(async () => {
    const t = { after: (hook: () => unknown) => void hooks.push(hook) };
    upstream = await startHttpUpstream(t, (request_, response) => {
      if (request_.url !== '/held') response.end('ok');
    });
    gateway = await LimitedGateway.start(t, {
      limits: 'stall_timeout: 5s',
      routes: `
      - match: { path: /upstream }
        upstream: ${upstream.url}
      - match: { path: /held }
        upstream: ${upstream.url}
`,
    });
  });
  after(async () => {
    for (const hook of hooks.toReversed()) await hook();
  });

  for (const [name, { round, rounds, reaches }] of Object.entries(floods)) {
    test(`of ${name}`, async () => {
      const before_ = upstream.requests.length;
      const client = FrameClient.over(await gateway.admitted('h2'));
      let sent = 0;
      for (; sent < rounds && client.socket.writable; sent++) {
        client.send(...round(sent));
        if (sent % 50 === 49) await new Promise(setImmediate);
        if (sent % 500 === 499) assert.equal(await gateway.ask(), 'one');
      }
      const goaway = await client.next(FRAME.goaway, 0);
      await client.closed;
      if (goaway !== null) {
        const code = goaway.payload.readUInt32BE(4);
        assert.ok([1, 2, 3, ENHANCE_YOUR_CALM].includes(code), `GOAWAY ${code}`);
      }
      assert.equal(await gateway.ask(), 'one');
      const reached = upstream.requests.length - before_;
      assert.ok(reached <= reaches, `${reached} requests reached the upstream`);
    });
  }

  for (const [name, make] of Object.entries(trifles)) {
    test(`of ${name} keeps nobody else from being served`, async () => {
      const client = FrameClient.over(await gateway.admitted('h2'));
      const batch = Buffer.concat(Array.from({ length: 5000 }, make));
      for (let i = 0; i < 40 && client.socket.writable; i++) {
        if (!client.socket.write(batch))
          await Promise.race([once(client.socket, 'drain').catch(() => {}), client.closed]);
        if (i % 10 === 9) assert.equal(await gateway.ask(), 'one');
      }
      client.socket.destroy();
    });
  }

  test('of heads that expand to far more than was sent is refused head by head', async () => {
    const before_ = upstream.requests.length;
    const client = FrameClient.over(await gateway.admitted('h2'));
    const heads = 300;
    for (let i = 0; i < heads; i++) {
      client.send(expandingHead(i * 2 + 1));
      if (i % 50 === 49) assert.equal(await gateway.ask(), 'one');
    }
    await client.next(FRAME.reset, heads * 2 - 1);
    const refusals = client.frames.filter(({ type }) => type === FRAME.reset);
    assert.equal(refusals.length, heads);
    for (const { payload } of refusals) assert.equal(payload.readUInt32BE(), ENHANCE_YOUR_CALM);
    assert.equal(upstream.requests.length, before_);
    client.socket.destroy();
  });

  test('leaves no fault in the log', () => {
    assert.deepEqual(
      gateway.process.log.filter(({ event }) => event === 'fault'),
      [],
    );
    assert.equal(gateway.process.stderr(), '');
  });
});
