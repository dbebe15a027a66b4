// Certificates by the admin API: what is taken, what is refused and how it is said, changes that meet, and
// what of it outlives a reload of the file.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { ApiAnswer } from '../support/admin-api.ts';
import { startApiGateway } from '../support/api-gateway.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

interface Files {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

async function scenarioFiles(scenario: 'apiGateway' | 'webServer'): Promise<Files> {
  const folder = await scenarioCertificates(scenario);
  const text = (name: string) => readFile(join(folder, name), 'utf8');
  return {
    ca: await text('ca.crt'),
    cert: await text('server.crt'),
    key: await text('server.key'),
  };
}

function fieldsOf({ json }: ApiAnswer): string[] {
  return ((json['errors'] ?? []) as { path: string }[]).map(({ path }) => path);
}

async function openssl(t: TestContext, folder: string, ...args: string[]): Promise<string> {
  t.diagnostic(`openssl ${args.join(' ')}`);
  return (await promisify(execFile)('openssl', args, { cwd: folder })).stdout;
}

test('certificates by the admin API', needs('curl', 'openssl'), async (t) => {
  const scenario = await scenarioFiles('apiGateway');
  const web = await scenarioFiles('webServer');
  const gatewayFiles = await scenarioCertificates('webServer');
  const { gateway, api, folder, path, port, admin } = await startApiGateway(
    t,
    (listen) => `
listeners:
  - listen: 127.0.0.1:${listen}
    upstream: 'echo:'
certificates:
  - { cert_file: ${gatewayFiles}/server.crt, key_file: ${gatewayFiles}/server.key }
workers: 1
`,
  );
  const good = { certificate: scenario.cert, key: scenario.key, client: { ca: scenario.ca } };
  const post = (body: unknown) => api.ask('POST', '/v1/certificates', body);

  await t.test('what is wrong is refused with the field that is at fault', async () => {
    const refused = async (body: unknown, field: string, message: RegExp): Promise<void> => {
      const answer = await post(body);
      assert.equal(answer.status, 400, JSON.stringify(answer.json));
      assert.deepEqual(fieldsOf(answer), [field], JSON.stringify(answer.json));
      assert.match(JSON.stringify(answer.json['errors']), message);
      assert.doesNotMatch(JSON.stringify(answer.json), /PRIVATE KEY-----\\n[A-Za-z0-9]/);
    };
    const encrypted = await openssl(
      t,
      folder,
      'pkey',
      '-aes256',
      '-passout',
      'pass:secret',
      '-in',
      join(await scenarioCertificates('apiGateway'), 'server.key'),
    );
    const expired = await readFile(join(gatewayFiles, 'expired.crt'), 'utf8');
    const expiredKey = await readFile(join(gatewayFiles, 'expired.key'), 'utf8');
    await refused({ ...good, key: undefined }, 'key', /missing/);
    await refused({ ...good, colour: 'red' }, 'colour', /not known/);
    await refused(
      { ...good, client: { ca: scenario.ca, depth: -1 } },
      'client.depth',
      /at least 0/,
    );
    await refused({ ...good, certificate: 'rubbish' }, 'certificate', /no PEM block/);
    await refused({ ...good, key: 'rubbish' }, 'key', /no PRIVATE KEY block/);
    await refused({ ...good, key: web.key }, 'key', /does not belong/);
    await refused({ ...good, key: encrypted }, 'passphrase', /encrypted/);
    await refused({ ...good, key: encrypted, passphrase: 'x' }, 'passphrase', /does not open/);
    await refused({ certificate: expired, key: expiredKey }, 'certificate', /expired at 2020/);
    await refused({ ...good, certificate: good.certificate + web.cert }, 'certificate', /broken/);
    await refused({ ...good, client: { ca: 'rubbish' } }, 'client.ca', /no PEM block/);
    await refused({ ...good, client: {} }, 'client.verify', /trust bundle/);
    await refused(
      { ...good, client: { ca: scenario.ca, verify_and_map: true } },
      'client.verify_and_map',
      /no user/,
    );
    await refused(
      { ...good, client: { ca: scenario.ca, skip_paths: ['x'] } },
      'client.skip_paths[0]',
      /begins with/,
    );
    await refused({ ...good, snis: ['a b'] }, 'snis[0]', /not a server name/);
    await refused({ ...good, id: '../x' }, 'id', /letters/);
    const list = await api.ask('GET', '/v1/certificates?source=api');
    assert.equal(list.json['total'], 0);
    const taken = await post({ ...good, key: encrypted, passphrase: 'secret', status: 'disabled' });
    assert.equal(taken.status, 201, JSON.stringify(taken.json));
    await api.ask('DELETE', `/v1/certificates/${String(taken.json['id'])}`);
  });

  await t.test('a body that is no JSON, too long or of another kind is refused', async () => {
    const token = (await readFile(join(folder, '.countersign/admin.token'), 'utf8')).trim();
    const url = `${admin}/v1/certificates`;
    const bearer = ['-H', `Authorization: Bearer ${token}`];
    const json = ['-H', 'Content-Type: application/json'];
    const key = scenario.key.slice(0, 200);
    const odd = await curl([url, ...bearer, ...json, '--data', `{"key": "${key}`]);
    assert.equal(odd.status, 400);
    assert.ok(!odd.body.includes(scenario.key.slice(40, 80)), 'the body is not quoted');
    assert.equal((await curl([url, ...bearer, '--data', '{}'])).status, 400);
    const long = join(folder, 'long.json');
    await writeFile(long, JSON.stringify('x'.repeat(5 * 1024 * 1024)));
    assert.equal((await curl([url, ...bearer, ...json, '--data', `@${long}`])).status, 413);
  });

  await t.test('a wrong order is put right, and said', async () => {
    const answer = await post({ ...good, certificate: scenario.ca + scenario.cert, id: 'turned' });
    assert.equal(answer.status, 201, JSON.stringify(answer.json));
    assert.equal(answer.json['subject'], 'CN=test.com');
    assert.match(JSON.stringify(answer.json['warnings']), /not in order/);
    assert.equal((answer.json['chain'] as unknown[]).length, 2);
  });

  await t.test('a server name has one certificate, whoever made it', async () => {
    const again = await post(good);
    assert.equal(again.status, 409);
    assert.match(String(again.json['detail']), /test\.com is served by the certificate turned/);
    const file = await post({ ...good, snis: ['localhost'] });
    assert.equal(file.status, 409, JSON.stringify(file.json));
    assert.deepEqual(fieldsOf(file), ['snis']);
    assert.equal((await post({ ...good, id: 'turned', snis: ['x.test'] })).status, 409);
    const asleep = await post({ ...good, id: 'asleep', status: 'disabled' });
    assert.equal(asleep.status, 201);
    const woken = await api.ask('PATCH', '/v1/certificates/asleep', { status: 'enabled' });
    assert.equal(woken.status, 409);
  });

  await t.test('changes go by the version that was read', async () => {
    const read = await api.ask('GET', '/v1/certificates/turned');
    const etag = read.headers.get('etag') ?? '';
    assert.match(etag, /^"\d+"$/);
    const patch = { client: { depth: 0 }, labels: { team: 'edge' } };
    const done = await api.ask('PATCH', '/v1/certificates/turned', patch, [`If-Match: ${etag}`]);
    assert.equal(done.status, 200, JSON.stringify(done.json));
    assert.equal((done.json['client'] as { depth: number }).depth, 0);
    assert.equal((done.json['client'] as { ca: string }).ca, scenario.ca, 'what is left out stays');
    assert.notEqual(done.headers.get('etag'), etag);
    const stale = await api.ask('PATCH', '/v1/certificates/turned', patch, [`If-Match: ${etag}`]);
    assert.equal(stale.status, 412);
    const off = await api.ask('PATCH', '/v1/certificates/turned', {
      client: null,
      labels: { team: null },
    });
    assert.equal(off.status, 200);
    assert.equal(off.json['client'], null);
    assert.deepEqual(off.json['labels'], {});
    const wrong = await api.ask('PATCH', '/v1/certificates/turned', { certificate: web.cert });
    assert.deepEqual([wrong.status, fieldsOf(wrong)], [400, ['key']]);
    const removed = await api.ask('PATCH', '/v1/certificates/turned', { certificate: null });
    assert.deepEqual([removed.status, fieldsOf(removed)], [400, ['certificate']]);
  });

  await t.test('a replacement may keep the key, and is served', async () => {
    const body = { certificate: scenario.cert, snis: ['new.test'], client: { ca: scenario.ca } };
    const answer = await api.ask('PUT', '/v1/certificates/turned', body);
    assert.equal(answer.status, 200, JSON.stringify(answer.json));
    assert.deepEqual(answer.json['snis'], ['new.test']);
    const url = (name: string) => [
      '-k',
      '--resolve',
      `${name}:${port}:127.0.0.1`,
      `https://${name}:${port}/`,
    ];
    assert.equal((await curl(url('new.test'))).exitCode, 56);
    assert.equal((await curl(url('test.com'))).exitCode, 35, 'served no more');
  });

  await t.test('what the file defines is shown, and changed there', async () => {
    const list = await api.ask('GET', '/v1/certificates?source=file');
    const [first] = list.json['items'] as { id: string; snis: string[] }[];
    assert.deepEqual(first?.snis, ['localhost']);
    for (const method of ['DELETE', 'PATCH']) {
      const body = method === 'PATCH' ? {} : undefined;
      const answer = await api.ask(method, `/v1/certificates/${first?.id}`, body);
      assert.equal(answer.status, 403);
      assert.match(String(answer.json['detail']), /server\.crt/);
    }
    for (const method of ['GET', 'DELETE']) {
      assert.equal((await api.ask(method, '/v1/certificates/nowhere')).status, 404);
    }
  });

  await t.test('the list is filtered, sorted and cut into pages', async () => {
    const ids = async (query: string) => {
      const { json } = await api.ask('GET', `/v1/certificates?${query}`);
      return (json['items'] as { id: string }[]).map(({ id }) => id);
    };
    assert.deepEqual(await ids('source=api&sort=id'), ['asleep', 'turned']);
    assert.deepEqual(await ids('source=api&sort=-id&page_size=1&page=2'), ['asleep']);
    assert.deepEqual(await ids('status=disabled'), ['asleep']);
    assert.deepEqual(await ids('sni=NEW.test'), ['turned']);
    assert.deepEqual(await ids('q=no-such-thing'), []);
    assert.equal((await ids('verify=on&status=enabled')).length, 1);
    const wrong = await api.ask('GET', '/v1/certificates?page=0&sort=colour');
    assert.deepEqual(fieldsOf(wrong).toSorted(), ['query.page', 'query.sort']);
  });

  await t.test('a reload of the file keeps them, and their change keeps the file', async () => {
    const text = await readFile(path, 'utf8');
    await writeFile(
      path,
      text.replace("upstream: 'echo:'", 'routes: [{ respond: { body: new } }]'),
    );
    await gateway.waitForLog((line) => line['event'] === 'reloaded');
    const { json } = await api.ask('GET', '/v1/certificates/turned');
    assert.deepEqual(json['listeners'], [`127.0.0.1:${port}`]);
    await writeFile(path, 'listeners: [');
    await gateway.waitForLog((line) => line['event'] === 'reload-failed');
    const patched = await api.ask('PATCH', '/v1/certificates/turned', { client: null });
    assert.equal(patched.status, 200, JSON.stringify(patched.json));
    const target = ['--resolve', `new.test:${port}:127.0.0.1`, `https://new.test:${port}/`];
    assert.equal((await curl(['-k', ...target])).body, 'new');
    await writeFile(path, text);
  });

  await t.test('a removed certificate is served no more', async () => {
    const gone = await api.ask('DELETE', '/v1/certificates/turned');
    assert.equal(gone.status, 204);
    const target = ['--resolve', `new.test:${port}:127.0.0.1`, `https://new.test:${port}/`];
    assert.equal((await curl(['-k', ...target])).exitCode, 35);
    assert.equal((await api.ask('GET', '/v1/certificates/turned')).status, 404);
  });

  await t.test('who changed what is kept', async () => {
    const { json } = await api.ask('GET', '/v1/audit?page_size=2');
    const [last] = json['items'] as Record<string, unknown>[];
    assert.equal(last?.['action'], 'delete');
    assert.equal(last['target'], 'turned');
    assert.equal(last['who'], 'token');
  });
});

test("no certificate undercuts a listener's floor", needs('curl', 'openssl'), async (t) => {
  const web = await scenarioCertificates('webServer');
  const scenario = await scenarioFiles('apiGateway');
  const { api } = await startApiGateway(
    t,
    (port) => `
listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: ${web}/server.crt, key_file: ${web}/server.key, ca_file: ${web}/ca.crt, verify: true }
    upstream: 'echo:'
workers: 1
`,
  );
  const certificate = { certificate: scenario.cert, key: scenario.key };
  const open = await api.ask('POST', '/v1/certificates', certificate);
  assert.deepEqual([open.status, fieldsOf(open)], [400, ['client.verify']]);
  assert.match(JSON.stringify(open.json), /asks less than the tls of listener/);
  const other = await api.ask('POST', '/v1/certificates', {
    ...certificate,
    client: { ca: scenario.ca },
  });
  assert.deepEqual([other.status, fieldsOf(other)], [400, ['client.ca']]);
  const ca = await readFile(join(web, 'ca.crt'), 'utf8');
  const same = await api.ask('POST', '/v1/certificates', { ...certificate, client: { ca } });
  assert.equal(same.status, 201, JSON.stringify(same.json));
});
