// What APISIX has as an `ssl` object: taken by the admin API, and as a file.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ApiAnswer } from '../support/admin-api.ts';
import { startApiGateway } from '../support/api-gateway.ts';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function sslObject(): Promise<{ certificates: string; ssl: Record<string, unknown> }> {
  const certificates = await scenarioCertificates('apiGateway');
  const text = (name: string) => readFile(join(certificates, name), 'utf8');
  return {
    certificates,
    ssl: {
      cert: await text('server.crt'),
      key: await text('server.key'),
      snis: ['test.com'],
      client: { ca: await text('ca.crt'), depth: 1, skip_mtls_uri_regex: ['^/health$'] },
    },
  };
}

function fieldsOf({ json }: ApiAnswer): string[] {
  return (json['errors'] as { path: string }[]).map(({ path }) => path);
}

test('an ssl object by the admin API', needs('curl', 'openssl'), async (t) => {
  const { certificates, ssl } = await sslObject();
  const { api, port } = await startApiGateway(
    t,
    (listen) => `
listeners: [{ listen: '127.0.0.1:${listen}', upstream: 'echo:' }]
workers: 1
`,
  );
  const post = (body: unknown) => api.ask('POST', '/v1/certificates?format=apisix', body);
  const regex = { ...ssl, client: { ca: 'x', skip_mtls_uri_regex: ['/a', '^/[0-9]+'] } };
  const refused = await post(regex);
  assert.equal(refused.status, 400);
  assert.deepEqual(fieldsOf(refused), [
    'client.skip_mtls_uri_regex[0]',
    'client.skip_mtls_uri_regex[1]',
  ]);
  assert.match(JSON.stringify(refused.json), /is no path pattern/);
  assert.deepEqual(fieldsOf(await post({ ...ssl, cert: 'x' })), ['cert']);
  assert.deepEqual(fieldsOf(await post({ ...ssl, plugins: {} })), ['plugins']);
  assert.equal((await api.ask('POST', '/v1/certificates', ssl)).status, 400, 'not our own format');

  const made = await post({ ...ssl, id: 7, labels: { env: 'test' }, certs: ['x'], keys: ['y'] });
  assert.equal(made.status, 201, JSON.stringify(made.json));
  assert.equal(made.json['id'], '7');
  assert.deepEqual(made.json['labels'], { env: 'test' });
  assert.match(JSON.stringify(made.json['warnings']), /only cert and key are served/);
  const url = (path: string) => [
    '-k',
    '--resolve',
    `test.com:${port}:127.0.0.1`,
    `https://test.com:${port}${path}`,
  ];
  const client = ['--cert', 'client.crt', '--key', 'client.key'];
  assert.equal((await curl([...url('/ip'), ...client], { cwd: certificates })).status, 200);
  assert.equal((await curl(url('/health'))).status, 200, 'needs no certificate');
  assert.equal((await curl(url('/ip'))).status, 400);
});

test('an ssl object as a file', needs('curl', 'openssl'), async (t) => {
  const { certificates, ssl } = await sslObject();
  const { skip_mtls_uri_regex: _, ...client } = ssl['client'] as Record<string, unknown>;
  const folder = await temporaryFolder(t);
  const port = await freePort();
  const path = join(folder, 'apisix.json');
  const node = { ssl: { listen: [{ ip: '127.0.0.1', port }] } };
  await writeFile(path, JSON.stringify({ apisix: node, ssls: [{ ...ssl, client }] }));
  await startGateway(t, ['run', path, '--adapter', 'apisix', '--upstream', 'echo:']);
  const target = ['-ik', '--resolve', `test.com:${port}:127.0.0.1`, `https://test.com:${port}/ip`];
  const own = ['--cert', 'client.crt', '--key', 'client.key'];
  const answer = await curl([...target, ...own], { cwd: certificates });
  assert.equal(answer.version, 'HTTP/2', answer.verbose);
  assert.equal(answer.status, 200);
  assert.equal((await curl(target)).exitCode, 56);
});
