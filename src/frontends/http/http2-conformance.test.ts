// RFC 9113 and RFC 7541 frame by frame, after the cases of h2spec.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { startHttpGateway, type HttpGateway } from '../../../test/support/http-gateway.ts';
import { FLAG, FRAME, type Frame, frame, FrameClient } from '../../../test/support/http2-frames.ts';
import { OpensslCa } from '../../../test/support/openssl-certificates.ts';
import {
  http2Cases,
  type Http2Outcome,
  PROTOCOL_ERROR,
} from '../../../test/vectors/http2-cases.ts';
import type { Exchange } from './exchange.ts';

/** Takes the whole request, then answers. */
function answer(exchange: Exchange): void {
  exchange.receiveBody({
    data: () => true,
    abort: () => {},
    end: () => {
      const body = { kind: 'length', length: 2 } as const;
      exchange.respond({ status: 200, reason: '', fields: '', body });
      exchange.write(Buffer.from('ok'));
      exchange.end('');
    },
  });
}

suite('HTTP/2', { concurrency: 4 }, () => {
  const ca = new OpensslCa('Test');
  let gateway: HttpGateway;
  const hooks: (() => void)[] = [];
  before(async () => {
    const certificate = ca.issue('localhost', ['DNS:localhost']);
    gateway = await startHttpGateway(
      { after: (hook) => hooks.push(hook as () => void) },
      certificate,
      { handle: answer },
    );
  });
  after(() => {
    for (const hook of hooks) hook();
    ca.remove();
  });

  for (const [section, cases] of Object.entries(http2Cases)) {
    for (const [name, outcome, ...frames] of cases) {
      test(`${section}: ${name}`, async (t) => {
        const client = await FrameClient.open(t, gateway.port);
        assert.notEqual(await client.next(FRAME.settings, 0), null);
        client.send(...frames);
        await expectOutcome(client, outcome);
      });
    }
  }

  test('settings are acknowledged, and pings answered with what they hold', async (t) => {
    const client = await FrameClient.open(t, gateway.port, [[4, 1000]]);
    client.send(frame(FRAME.ping, 0, 0, Buffer.from('12345678')));
    const pong = await client.next(FRAME.ping, 0);
    assert.deepEqual([pong?.flags, pong?.payload.toString()], [FLAG.ack, '12345678']);
    assert.ok(
      client.frames.some(({ type, flags }) => type === FRAME.settings && flags === FLAG.ack),
    );
  });
});

async function expectOutcome(client: FrameClient, outcome: Http2Outcome): Promise<void> {
  // Whatever the frames come to is said before the answer to this.
  client.send(frame(FRAME.ping, 0, 0, Buffer.from('outcome?')));
  switch (outcome.kind) {
    case 'alive':
      assert.notEqual(await client.next(FRAME.ping, 0), null, shown(client));
      assert.equal(codeOf(client, FRAME.goaway), null);
      return;
    case 'served':
      assert.notEqual(await client.next(FRAME.data, 1), null, shown(client));
      assert.equal(client.body(1), 'ok');
      return;
    case 'connection':
      await client.closed;
      assert.ok(outcome.codes.includes(codeOf(client, FRAME.goaway) ?? -1), shown(client));
      return;
    case 'cut':
      await client.closed;
      assert.ok([null, ...outcome.codes].includes(codeOf(client, FRAME.goaway)), shown(client));
      return;
    case 'stream':
      await client.next(FRAME.ping, 0);
      assert.ok(outcome.codes.includes(errorCode(client) ?? -1), shown(client));
      return;
    case 'malformed':
      await client.next(FRAME.ping, 0);
      if (errorCode(client) === null) {
        const head = await client.next(FRAME.headers, 1);
        // 400 is no entry of the static table: the digits stand in the block, or it is index 12.
        assert.ok(head !== null && head.payload[0] === 0x8c, shown(client));
      } else {
        assert.equal(errorCode(client), PROTOCOL_ERROR, shown(client));
      }
  }
}

function errorCode(client: FrameClient): number | null {
  return codeOf(client, FRAME.reset) ?? codeOf(client, FRAME.goaway);
}

function codeOf(client: FrameClient, type: number): number | null {
  const found = client.frames.find((item) => item.type === type);
  if (found === undefined) return null;
  return found.payload.readUInt32BE(type === FRAME.goaway ? 4 : 0);
}

function shown(client: FrameClient): string {
  const line = ({ type, flags, stream, payload }: Frame): string =>
    `type ${type} flags ${flags} stream ${stream} ${payload.toString('hex')}`;
  return client.frames.map(line).join('\n');
}
