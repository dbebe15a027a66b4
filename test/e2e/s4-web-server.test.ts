// A web server with client verification: static files with try_files, for curl and for Python's ssl.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { needs, programPath } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PYTHON_CLIENT = join(import.meta.dirname, '../support/python-tls-client.py');

test('static files for verified clients', needs('curl', 'openssl', 'python3'), async (t) => {
  const folder = await scenarioCertificates('webServer');
  const outside = await temporaryFolder(t, { 'secret.txt': 'not for the web' });
  const root = await temporaryFolder(t, {
    'index.html': '<h1>Welcome</h1>\n',
    'data.json': '{"value":1}\n',
  });
  await mkdir(join(root, 'docs'));
  await writeFile(join(root, 'docs/index.html'), '<h1>Docs</h1>\n');
  await symlink(join(outside, 'secret.txt'), join(root, 'link.txt'));
  const port = await freePort();
  await runGateway(
    t,
    `
listeners:
  - listen: localhost:${port}
    protocol: https
    tls:
      cert_file: ${join(folder, 'server.crt')}
      key_file: ${join(folder, 'server.key')}
      ca_file: ${join(folder, 'ca.crt')}
      verify: true
    routes:
      - match: { path: /* }
        upstream: file://${root}
        try_files: [$uri, $uri/, =404]
`,
  );
  const url = `https://localhost:${port}`;
  const client = ['--cacert', 'ca.crt', '--cert', 'client.crt', '--key', 'client.key'];
  const get = (path: string, ...args: string[]) =>
    curl([...client, '--path-as-is', ...args, `${url}${path}`], { cwd: folder });

  await t.test('curl gets files, indexes and 404', async () => {
    const index = await get('/');
    assert.equal(index.status, 200, index.verbose);
    assert.equal(index.body, '<h1>Welcome</h1>\n');
    assert.match(index.headers.get('content-type') ?? '', /^text\/html\b/);
    assert.match(
      (await get('/data.json')).headers.get('content-type') ?? '',
      /^application\/json\b/,
    );
    assert.equal((await get('/docs/')).body, '<h1>Docs</h1>\n');
    assert.equal((await get('/absent')).status, 404);
  });

  await t.test('ranges and ETag over HTTP/1.1 and HTTP/2', async () => {
    for (const version of ['--http1.1', '--http2']) {
      const part = await get('/data.json', version, '--range', '1-7');
      assert.equal(part.status, 206, part.verbose);
      assert.equal(part.body, '"value"');
      const etag = part.headers.get('etag') ?? '';
      const unchanged = await get('/data.json', version, '--header', `If-None-Match: ${etag}`);
      assert.equal(unchanged.status, 304);
    }
  });

  await t.test('nothing outside the folder is served', async () => {
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/link.txt',
      '/docs%2findex.html',
      '/%00',
    ]) {
      const answer = await get(path);
      assert.ok(answer.status === 400 || answer.status === 403 || answer.status === 404, path);
      assert.doesNotMatch(answer.body, /not for the web/);
    }
  });

  await t.test('curl without a certificate gets nothing', async () => {
    const answer = await curl(['--cacert', 'ca.crt', `${url}/`], { cwd: folder });
    assert.equal(answer.exitCode, 56, answer.verbose);
    assert.equal(answer.status, null);
  });

  await t.test("Python's ssl with a certificate gets the page", async () => {
    const { exitCode, output } = await python(
      ['ca.crt', 'client.crt', 'client.key', `${port}`, '/'],
      folder,
    );
    assert.equal(exitCode, 0, output);
    assert.match(output, /^TLSv1\.3\n/);
    assert.match(output, /^HTTP\/1\.1 200 /m);
    assert.match(output, /<h1>Welcome<\/h1>\n$/);
  });

  await t.test("Python's ssl without one is told that it is required", async () => {
    const { exitCode, output } = await python(['ca.crt', '-', '-', `${port}`, '/'], folder);
    assert.equal(exitCode, 1);
    assert.match(output, /TLSV13_ALERT_CERTIFICATE_REQUIRED/);
    assert.doesNotMatch(output, /HTTP\/1\.1/);
  });
});

function python(
  args: readonly string[],
  cwd: string,
): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    execFile(programPath('python3'), [PYTHON_CLIENT, ...args], { cwd }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}
