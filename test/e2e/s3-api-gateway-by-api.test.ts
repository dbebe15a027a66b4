// An API gateway with client mTLS whose certificate is made through the admin API while it runs: the same
// outcome as by file, and the certificate outlives the gateway's sudden death.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { adminApi } from '../support/admin-api.ts';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { startHttpUpstream } from '../support/http-upstream.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('an API behind client mTLS, by the admin API', needs('curl', 'openssl'), async (t) => {
  const certificates = await scenarioCertificates('apiGateway');
  const upstream = await startHttpUpstream(t);
  const [port, adminPort] = [await freePort(), await freePort()];
  const folder = await temporaryFolder(t);
  const path = join(folder, 'gateway.yaml');
  await writeFile(
    path,
    `
listeners:
  - listen: 127.0.0.1:${port}
    upstream: ${upstream.url}
admin: { listen: '127.0.0.1:${adminPort}' }
workers: 2
`,
  );
  const listening = (line: Readonly<Record<string, unknown>>) => line['listener'] === 'admin';
  const gateway = await startGateway(t, ['run', path]);
  await gateway.waitForLog(listening);
  const api = await adminApi(`http://127.0.0.1:${adminPort}`, folder);
  const text = (name: string) => readFile(join(certificates, name), 'utf8');
  const target = ['--resolve', `test.com:${port}:127.0.0.1`, `https://test.com:${port}/ip`];
  const client = ['--cert', 'client.crt', '--key', 'client.key'];
  const inFolder = { cwd: certificates };
  let id = '';

  await t.test('until there is a certificate every name is unknown', async () => {
    const answer = await curl(['-ik', ...target, ...client], inFolder);
    assert.equal(answer.exitCode, 35, answer.verbose);
    assert.match(answer.verbose, /unrecognized name/i);
  });

  await t.test('it is made from PEM text; its server name is the CN', async () => {
    const answer = await api.ask('POST', '/v1/certificates', {
      type: 'server',
      certificate: await text('server.crt'),
      key: await text('server.key'),
      client: { ca: await text('ca.crt'), verify: true },
    });
    assert.equal(answer.status, 201, JSON.stringify(answer.json));
    assert.deepEqual(answer.json['snis'], ['test.com']);
    assert.deepEqual(answer.json['listeners'], [`127.0.0.1:${port}`]);
    assert.match(JSON.stringify(answer.json['warnings']), /X\.509 v1/);
    assert.doesNotMatch(JSON.stringify(answer.json), /PRIVATE KEY/);
    id = String(answer.json['id']);
    assert.notEqual(id, '');
    assert.equal(answer.headers.get('location'), `/v1/certificates/${id}`);
  });

  await t.test('it is served at once, by every worker', async () => {
    for (let connections = 0; connections < 8; connections++) {
      const answer = await curl(['-ik', ...target, ...client], inFolder);
      assert.equal(answer.exitCode, 0, answer.verbose);
      assert.equal(answer.status, 200);
      assert.equal(answer.version, 'HTTP/2');
      assert.match(answer.verbose, /TLSv1\.3 \(IN\), TLS handshake, Request CERT/);
      assert.match(answer.verbose, /TLSv1\.3 \(OUT\), TLS handshake, Certificate/);
      assert.match(answer.verbose, /TLSv1\.3 \(OUT\), TLS handshake, CERT verify/);
      assert.match(answer.verbose, /ALPN: server accepted h2/);
    }
  });

  await t.test('without a client certificate: certificate_required, exit 56', async () => {
    const answer = await curl(['-ik', ...target], inFolder);
    assert.equal(answer.exitCode, 56, answer.verbose);
    assert.equal(answer.status, null);
    assert.match(answer.verbose, /alert certificate required/i);
  });

  await t.test('without the token nothing is told and nothing changes', async () => {
    const url = `http://127.0.0.1:${adminPort}/v1/certificates/${id}`;
    for (const header of [
      'X: y',
      'Authorization: Bearer',
      `Authorization: Bearer ${'x'.repeat(43)}`,
    ]) {
      const answer = await curl([url, '-H', header]);
      assert.equal(answer.status, 401, header);
      assert.doesNotMatch(answer.body, /test\.com/);
    }
  });

  await t.test(
    'token and key are for this user alone, the private key is not in the store',
    async () => {
      const state = join(folder, '.countersign');
      for (const file of ['admin.token', 'admin.key', 'admin.db', 'admin.db-wal']) {
        assert.equal((await stat(join(state, file))).mode & 0o777, 0o600, file);
      }
      const line = (await text('server.key')).split('\n')[5] ?? '';
      const key = Buffer.from(line, 'base64');
      for (const file of ['admin.db', 'admin.db-wal']) {
        const bytes = await readFile(join(state, file));
        assert.ok(!bytes.includes(key) && !bytes.includes(line), file);
      }
    },
  );

  await t.test('it is there again after a kill -9', async () => {
    gateway.process.kill('SIGKILL');
    await once(gateway.process, 'close');
    const again = await startGateway(t, ['run', path]);
    await again.waitForLog(listening);
    const read = await api.ask('GET', `/v1/certificates/${id}`);
    assert.equal(read.status, 200);
    assert.deepEqual(read.json['snis'], ['test.com']);
    const answer = await curl(['-ik', ...target, ...client], inFolder);
    assert.equal(answer.status, 200, answer.verbose);
    assert.equal((await curl(['-ik', ...target], inFolder)).exitCode, 56);
  });
});
