import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { ClientLedger } from '../observability/client-ledger.ts';
import type { HandshakeEvent } from '../observability/event.ts';
import { bindControlSocket } from './control-socket.ts';
import { Observer } from './observer.ts';
import type { ObserveReadiness } from './status.ts';

interface Asked {
  readonly observer: Observer;
  readonly get: (path: string, method?: string) => Promise<IncomingMessage>;
}

async function gateway(t: TestContext, now: () => number = Date.now): Promise<Asked> {
  const dir = join(await temporaryFolder(t), 'state');
  const socket = await bindControlSocket(dir);
  const observer = new Observer('1.2.3', dir, ClientLedger.inMemory(), false, now);
  socket.serve(observer);
  t.after(() => {
    observer.dismiss();
    socket.close();
    observer.close();
  });
  return {
    observer,
    get: (path, method = 'GET') =>
      new Promise((resolve, reject) => {
        request({ socketPath: socket.path, path, method, agent: false }, resolve)
          .on('error', reject)
          .end();
      }),
  };
}

test('what is no question is answered in a line, and the gateway goes on', async (t) => {
  const { get } = await gateway(t);
  const cases = [
    ['/v2/status', 'GET', 404],
    ['//', 'GET', 400],
    ['/v1/readiness?window=-1', 'GET', 400],
    ['/v1/readiness?window=x', 'GET', 400],
    ['/v1/status', 'POST', 405],
    ['/v1/status', 'GET', 200],
  ] as const;
  for (const [path, method, status] of cases) {
    const response = await get(path, method);
    assert.equal(response.statusCode, status, path);
    JSON.parse(await text(response));
  }
});

test('a reader that takes nothing loses events, is told how many, and holds nobody up', async (t) => {
  const { get, observer } = await gateway(t);
  const response = await get('/v1/events');
  const problem = 'x'.repeat(10_000);
  for (let told = 0; told < 2000; told++) observer.publish({ event: 'state-unusable', problem });
  observer.dismiss();
  const events = (await text(response))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; count: number });
  const dropped = events
    .filter(({ event }) => event === 'events-dropped')
    .reduce((sum, { count }) => sum + count, 0);
  const told = events.filter(({ event }) => event !== 'events-dropped').length;
  assert.ok(dropped > 1000, `${dropped} left out`);
  assert.equal(told + dropped, 2000);
});

test('it is ready when nobody was refused, and when that was observed for so long', async (t) => {
  let now = 1_000_000;
  const { get, observer } = await gateway(t, () => now);
  const reason = async (): Promise<string | null> => {
    const response = await get('/v1/readiness?window=1000');
    return (JSON.parse(await text(response)) as ObserveReadiness).reason;
  };
  assert.equal(await reason(), 'not-observing');
  const tls = { fallback: { mode: 'observe', certPem: '', caPem: [] }, certificates: [] };
  const site = { routes: [] };
  const listeners = [{ name: 'a', protocol: 'https', tls, site, sites: new Map() }];
  observer.applied({ listeners } as never, ['127.0.0.1:1']);
  assert.equal(await reason(), 'too-young');
  const refused = { listener: 'a', mode: 'observe', decision: 'refuse', finding: 'expired' };
  const client = {
    fingerprint: null,
    address: '10.0.0.1',
    subject: '',
    notAfter: null,
    user: null,
  };
  const seen = { firstSeen: now, lastSeen: now, count: 1 };
  observer.receive(1, {
    kind: 'report',
    events: [],
    dropped: 0,
    counts: [],
    gauges: null,
    sightings: [{ ...refused, ...client, ...seen } as never],
  });
  assert.equal(await reason(), 'refusals');
  now += 1001;
  assert.equal(await reason(), null);
});

test('events are chosen by refusal, and by user or subject', async (t) => {
  const { get, observer } = await gateway(t);
  const refused = await get('/v1/events?refused=1');
  const alice = await get('/v1/events?user=alice');
  const tell = (id: string, more: object): void => {
    const event = { event: 'handshake', id, outcome: 'admitted', cause: null, ...more };
    observer.publish({ peer: null, user: null, ...event } as unknown as HandshakeEvent);
  };
  tell('a', { user: 'alice' });
  tell('b', { outcome: 'refused', cause: 'expired', peer: { subject: 'alice' } });
  tell('c', { cause: 'no-certificate' });
  tell('d', {});
  observer.dismiss();
  const ids = async (response: IncomingMessage): Promise<string[]> =>
    (await text(response))
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
  assert.deepEqual(await ids(refused), ['b', 'c']);
  assert.deepEqual(await ids(alice), ['a', 'b']);
});
