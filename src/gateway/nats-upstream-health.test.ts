import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';
import { gatewayOptions } from '../../test/support/live-gateway.ts';
import { needs } from '../../test/support/programs.ts';
import { scenarioCertificates } from '../../test/support/scenario-certificates.ts';
import { createGatewayLog } from '../observability/log.ts';
import { Gateway } from './gateway.ts';

/** What a gateway says of its NATS upstream on this port, after a client came. */
async function stateOf(t: TestContext, upstreamPort: number): Promise<readonly unknown[]> {
  const folder = await scenarioCertificates('messaging');
  const port = await freePort();
  const gateway = new Gateway(
    createGatewayLog(() => {}),
    'alone',
  );
  t.after(() => gateway.close(0));
  const pair = { cert_file: join(folder, 'server.crt'), key_file: join(folder, 'server.key') };
  const options = gatewayOptions({
    listeners: [{ listen: `127.0.0.1:${port}`, protocol: 'nats', tls: pair, upstream: 'server' }],
    upstreams: { server: { url: `nats://127.0.0.1:${upstreamPort}` } },
  });
  await gateway.apply(options, 0);
  assert.deepEqual(
    gateway.gauges.upstreams.map(({ name, state }) => [name, state]),
    [['server', 'unknown']],
  );
  const client = connect(port, '127.0.0.1');
  client.on('error', () => {});
  t.after(() => client.destroy());
  for (let waited = 0; gateway.gauges.upstreams[0]?.state === 'unknown'; waited += 20) {
    assert.ok(waited < 20_000, 'nothing became known of the upstream');
    await delay(20);
  }
  const { families } = gateway.measure();
  const up = families.find(({ name }) => name === 'countersign_upstream_up');
  return [gateway.gauges.upstreams[0]?.state, up?.samples.map(({ value }) => value)];
}

test(
  'a NATS upstream is up where it can be reached, and down where not',
  needs('openssl'),
  async (t) => {
    const server = createServer((socket) => void socket.on('error', () => {}));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    assert.deepEqual(await stateOf(t, address.port), ['up', [1]]);
    assert.deepEqual(await stateOf(t, await freePort()), ['down', [0]]);
  },
);
