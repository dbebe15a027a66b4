// Who gets at the admin API, and what a browser is let do.
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApiGateway } from '../support/api-gateway.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/programs.ts';

test('the admin API lets in who may', needs('curl'), async (t) => {
  const { admin, folder, api } = await startApiGateway(
    t,
    (port) => `
listeners: [{ listen: '127.0.0.1:${port}', upstream: 'echo:' }]
workers: 1
`,
  );
  const url = `${admin}/v1/certificates`;
  const token = (await readFile(join(folder, '.countersign/admin.token'), 'utf8')).trim();
  const bearer = ['-H', `Authorization: Bearer ${token}`];
  const json = ['-H', 'Content-Type: application/json'];

  await t.test('the token is for this user alone', async () => {
    assert.equal((await stat(join(folder, '.countersign/admin.token'))).mode & 0o777, 0o600);
    assert.ok(token.length >= 43);
    assert.equal((await curl([url, ...bearer])).status, 200);
  });

  await t.test('no other token, and no resource without one', async () => {
    for (const other of ['', 'x', token.slice(1), `${token}x`, token.toUpperCase()]) {
      const answer = await curl([url, '-H', `Authorization: Bearer ${other}`]);
      assert.equal(answer.status, 401, other);
      assert.match(answer.headers.get('www-authenticate') ?? '', /Bearer/);
    }
    for (const path of ['/v1/status', '/v1/events', '/v1/none', '/v1/session', '/v1/audit']) {
      assert.equal((await curl([admin + path])).status, 401, path);
    }
    const post = await curl([url, ...json, '--data', '{}']);
    assert.equal(post.status, 401, 'before a look at the body');
  });

  await t.test(
    'pages of other sites are refused, whatever they show; nothing allows them',
    async () => {
      for (const header of [
        'Origin: http://evil.example',
        'Origin: null',
        'Origin: https://127.0.0.1',
        'Sec-Fetch-Site: cross-site',
        'Sec-Fetch-Site: same-site',
      ]) {
        const answer = await curl([url, ...bearer, '-H', header]);
        assert.equal(answer.status, 403, header);
        assert.equal(answer.headers.get('access-control-allow-origin'), undefined);
      }
      assert.equal((await curl([url, ...bearer, '-H', `Origin: ${admin}`])).status, 200);
      const preflight = await curl(['-X', 'OPTIONS', url, '-H', 'Origin: http://evil.example']);
      assert.equal(preflight.status, 403);
      assert.equal((await curl([url, ...bearer, '-H', 'Host: evil.example'])).status, 421);
    },
  );

  await t.test('a browser gets a session as a cookie that no script reads', async () => {
    const begun = await curl(['-X', 'POST', `${admin}/v1/session`, ...bearer]);
    assert.equal(begun.status, 200);
    const cookie = begun.headers.get('set-cookie') ?? '';
    assert.match(cookie, /^countersign_session=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
    const session = ['-H', `Cookie: ${cookie.split(';')[0]}`];
    const who = await curl([`${admin}/v1/session`, ...session]);
    assert.deepEqual(JSON.parse(who.body), { who: 'session' });
    const foreign = await curl([url, ...session, '-H', 'Origin: http://evil.example']);
    assert.equal(foreign.status, 403);
    assert.equal((await curl(['-X', 'DELETE', `${admin}/v1/session`, ...session])).status, 204);
    assert.equal((await curl([url, ...session])).status, 401);
  });

  await t.test('a link with a wrong code lets nobody in', async () => {
    const answer = await curl([`${admin}/login?code=${'x'.repeat(32)}`]);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get('set-cookie'), undefined);
  });

  await t.test(
    'who fails again and again is told to wait; who may is let in all the same',
    async () => {
      let last = 0;
      for (let failures = 0; failures < 25; failures++) {
        last = (await curl([url, '-H', 'Authorization: Bearer x'])).status ?? 0;
      }
      assert.equal(last, 429);
      assert.equal((await curl([url, ...bearer])).status, 200);
    },
  );

  await t.test('what is answered fits the description', async () => {
    for (const path of [
      'listeners',
      'routes',
      'upstreams',
      'users',
      'status',
      'readiness',
      'clients',
    ]) {
      assert.equal((await api.ask('GET', `/v1/${path}`)).status, 200, path);
    }
    assert.equal((await api.ask('GET', '/v1/session')).status, 200);
    assert.equal((await api.ask('GET', '/v1/none')).status, 404);
    const { body } = await curl([`${admin}/openapi.json`]);
    assert.match(body, /"openapi": "3\.1\.0"/);
  });
});
