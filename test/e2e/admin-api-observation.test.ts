// What the admin API tells of real clients: handshakes with their findings, the ledger, events as they
// happen and after a break, and what would be decided of a certificate.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { AdminApi } from '../support/admin-api.ts';
import { startApiGateway } from '../support/api-gateway.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

type Item = Readonly<Record<string, unknown>>;

async function itemsOf(api: AdminApi, path: string, least: number): Promise<Item[]> {
  for (let tries = 0; tries < 200; tries++) {
    const { json } = await api.ask('GET', path);
    const items = json['items'] as Item[];
    if (items.length >= least) return items;
    await delay(50);
  }
  throw new Error(`${path} never had ${least} items`);
}

interface Sse {
  readonly id: number;
  readonly kind: string;
  readonly data: Item;
}

/** Reads a stream of server-sent events until `enough`. */
async function readEvents(
  t: TestContext,
  url: string,
  headers: Readonly<Record<string, string>>,
  enough: (events: readonly Sse[]) => boolean,
  begun: () => void = () => {},
): Promise<readonly Sse[]> {
  const request = get(url, { headers });
  t.after(() => request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'text/event-stream');
  const events: Sse[] = [];
  let text = '';
  begun();
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]),
      );
      if (!fields.has('id')) continue;
      const data = JSON.parse(fields.get('data') ?? '{}') as Item;
      events.push({ id: Number(fields.get('id')), kind: fields.get('event') ?? '', data });
    }
    if (enough(events)) break;
  }
  request.destroy();
  return events;
}

test('what the admin API tells of clients', needs('curl', 'openssl'), async (t) => {
  const web = await scenarioCertificates('webServer');
  const { api, admin, folder, port } = await startApiGateway(
    t,
    (listen) => `
listeners:
  - listen: 127.0.0.1:${listen}
    tls: { cert_file: ${web}/server.crt, key_file: ${web}/server.key, ca_file: ${web}/ca.crt, verify: true }
    routes:
      - { match: { path: /own }, allow: [alice@example.com], upstream: 'echo:' }
      - { upstream: 'http://127.0.0.1:9' }
authorization: { users: [{ user: alice@example.com }] }
workers: 2
`,
  );
  const url = `https://localhost:${port}/own`;
  const as = (name: string) => [
    '-k',
    '--cert',
    `${web}/${name}.crt`,
    '--key',
    `${web}/${name}.key`,
    url,
  ];
  assert.equal((await curl(as('client'))).status, 200);
  assert.equal((await curl(as('other'))).status, 403);
  await curl(['-k', url]);
  await curl(as('expired'));

  await t.test('every handshake is there, filtered and by pages', async () => {
    const all = await itemsOf(api, '/v1/handshakes', 4);
    assert.deepEqual(new Set(all.map(({ outcome }) => outcome)), new Set(['admitted', 'refused']));
    const refused = await itemsOf(api, '/v1/handshakes?outcome=refused', 2);
    assert.deepEqual(
      // Two workers report, each in its own time.
      refused.map(({ cause }) => String(cause)).toSorted(),
      ['expired', 'no-certificate'],
    );
    const one = await itemsOf(api, '/v1/handshakes?finding=expired', 1);
    assert.deepEqual(
      one.map(({ cause }) => cause),
      ['expired'],
    );
    const alice = await itemsOf(api, '/v1/handshakes?user=alice%40example.com', 1);
    assert.match(JSON.stringify(alice[0]?.['peer']), /"CN=alice,OU=Clients,O=Example"/);
    const { json } = await api.ask('GET', '/v1/handshakes?page_size=3&page=2');
    assert.deepEqual([(json['items'] as Item[]).length, json['total']], [1, 4]);
    const later = await api.ask('GET', '/v1/handshakes?from=2100-01-01T00:00:00Z');
    assert.equal(later.json['total'], 0);
    assert.equal((await api.ask('GET', '/v1/handshakes?from=then')).status, 400);
  });

  await t.test('one says what was wrong and what mends it', async () => {
    const [expired] = await itemsOf(api, '/v1/handshakes?finding=expired', 1);
    const { json } = await api.ask('GET', `/v1/handshakes/${String(expired?.['id'])}`);
    const [finding] = json['findings'] as Item[];
    assert.equal(finding?.['code'], 'expired');
    assert.match(String(finding['remedy']), /\w/);
    assert.equal((await api.ask('GET', '/v1/handshakes/nothing')).status, 404);
  });

  await t.test('a request that was refused stands with its handshake', async () => {
    const page = await itemsOf(api, '/v1/handshakes?outcome=admitted', 2);
    const mallory = page.find(({ peer }) => String((peer as Item)['subject']).includes('mallory'));
    const { json } = await api.ask('GET', `/v1/handshakes/${String(mallory?.['id'])}`);
    const [request] = json['requests'] as Item[];
    assert.equal(request?.['path'], '/own');
    assert.equal(request['cause'], 'user-not-allowed');
  });

  await t.test('clients are known by what they last did', async () => {
    const clients = await itemsOf(api, '/v1/clients', 4);
    const alice = clients.find(({ user }) => user === 'alice@example.com');
    assert.equal(alice?.['decision'], 'admit');
    const refused = await itemsOf(api, '/v1/clients?decision=refuse', 2);
    assert.deepEqual(
      new Set(refused.map(({ finding }) => finding)),
      new Set(['expired', 'no-certificate']),
    );
    assert.equal((await itemsOf(api, '/v1/clients?q=MALLORY', 1)).length, 1);
    const { json } = await api.ask('GET', '/v1/status');
    assert.equal((json['listeners'] as Item[])[0]?.['refused'], 2);
  });

  await t.test('the table of who may reach what', async () => {
    const [first, second] = await itemsOf(api, '/v1/routes', 2);
    assert.deepEqual(first?.['allow'], ['alice@example.com']);
    assert.equal(second?.['target'], 'http://127.0.0.1:9');
    const [user] = await itemsOf(api, '/v1/users', 1);
    assert.equal(user?.['routes'], 1);
    const [upstream] = await itemsOf(api, '/v1/upstreams', 1);
    assert.equal(upstream?.['address'], '127.0.0.1:9');
    const [listener] = await itemsOf(api, '/v1/listeners', 1);
    const id = String(listener?.['default_certificate']);
    assert.equal((await api.ask('GET', `/v1/certificates/${id}`)).json['is_default'], true);
  });

  await t.test('explain decides as for a live client', async () => {
    const certificate = (name: string) => readFile(join(web, `${name}.crt`), 'utf8');
    const explain = async (body: object) => (await api.ask('POST', '/v1/explain', body)).json;
    const alice = { certificate: await certificate('client'), sni: 'localhost', path: '/own' };
    assert.deepEqual((await explain(alice))['decision'], 'admit');
    const mallory = await explain({ ...alice, certificate: await certificate('other') });
    assert.equal((mallory['findings'] as Item[])[0]?.['code'], 'user-not-allowed');
    assert.ok((mallory['rules'] as Item[]).some(({ outcome }) => outcome === 'failed'));
    const nobody = await explain({ sni: 'localhost' });
    assert.equal((nobody['findings'] as Item[])[0]?.['code'], 'no-certificate');
    assert.equal((await api.ask('POST', '/v1/explain', { certificate: 'x' })).status, 400);
    assert.equal((await api.ask('POST', '/v1/explain', { listener: 'x' })).status, 400);
    assert.equal((await api.ask('POST', '/v1/explain', { sni: 'a b' })).status, 400);
  });

  await t.test('events come as they happen, and after a break those that were missed', async () => {
    const token = (await readFile(join(folder, '.countersign/admin.token'), 'utf8')).trim();
    const headers = { Authorization: `Bearer ${token}` };
    const stream = `${admin}/v1/events?kinds=handshake&refused=1`;
    const [live] = await readEvents(
      t,
      stream,
      headers,
      (events) => events.length > 0,
      () => void curl(['-k', url]),
    );
    assert.equal(live?.kind, 'handshake');
    assert.equal(live.data['cause'], 'no-certificate');
    await curl(as('purpose'));
    const missed = await readEvents(
      t,
      stream,
      { ...headers, 'Last-Event-ID': String(live.id) },
      (events) => events.length > 0,
    );
    assert.equal(missed[0]?.data['cause'], 'wrong-purpose');
    assert.ok((missed[0]?.id ?? 0) > live.id);
    const all = await readEvents(
      t,
      stream,
      { ...headers, 'Last-Event-ID': '0' },
      (events) => events.length >= 4,
    );
    assert.deepEqual(
      all
        .slice(0, 2)
        .map(({ data }) => String(data['cause']))
        .toSorted(),
      ['expired', 'no-certificate'],
    );
  });
});
