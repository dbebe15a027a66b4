// An API gateway with client mTLS: certificates of a hundred years by an X.509 v1 CA, the server name
// taken from the CN, an API behind it, HTTP/2.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { startHttpUpstream } from '../support/http-upstream.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

test('an API behind client mTLS, by file', needs('curl', 'openssl'), async (t) => {
  const folder = await scenarioCertificates('apiGateway');
  const api = await startHttpUpstream(t);
  const port = await freePort();
  const gateway = await runGateway(
    t,
    `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    upstream: ${api.url}
certificates:
  - cert_file: ${join(folder, 'server.crt')}
    key_file: ${join(folder, 'server.key')}
    ca_file: ${join(folder, 'ca.crt')}
    verify: true
`,
  );
  const target = ['--resolve', `test.com:${port}:127.0.0.1`, `https://test.com:${port}/ip`];
  const client = ['--cert', 'client.crt', '--key', 'client.key'];

  await t.test('with a certificate: TLS 1.3, h2, 200', async () => {
    const answer = await curl(['-ik', ...target, ...client], { cwd: folder });
    assert.equal(answer.exitCode, 0, answer.verbose);
    assert.equal(answer.status, 200);
    assert.equal(answer.version, 'HTTP/2');
    assert.match(answer.verbose, /TLSv1\.3 \(IN\), TLS handshake, Request CERT/);
    assert.match(answer.verbose, /TLSv1\.3 \(OUT\), TLS handshake, Certificate/);
    assert.match(answer.verbose, /TLSv1\.3 \(OUT\), TLS handshake, CERT verify/);
    assert.match(answer.verbose, /SSL connection using TLSv1\.3/);
    assert.match(answer.verbose, /ALPN: server accepted h2/);
    assert.match(answer.body, /"origin":"127\.0\.0\.1"/);
  });

  await t.test('the API is told who asks', () => {
    const [request] = api.requests;
    assert.equal(request?.url, '/ip');
    assert.equal(request?.headers['x-client-dn'], 'CN=CLIENT');
    assert.equal(request?.headers['x-client-verify'], 'SUCCESS');
    assert.equal(request?.headers['x-forwarded-proto'], 'https');
    assert.equal(request?.headers['x-forwarded-host'], `test.com:${port}`);
  });

  await t.test('HTTP/1.1 is as good', async () => {
    const answer = await curl(['-k', '--http1.1', ...target, ...client], { cwd: folder });
    assert.equal(answer.status, 200, answer.verbose);
    assert.equal(answer.version, 'HTTP/1.1');
  });

  await t.test('without one: alert certificate_required, exit 56, no response', async () => {
    const before = api.requests.length;
    const answer = await curl(['-ik', ...target], { cwd: folder });
    assert.equal(answer.exitCode, 56, answer.verbose);
    assert.equal(answer.status, null);
    assert.match(answer.verbose, /alert certificate required/i);
    assert.equal(api.requests.length, before);
    const line = await gateway.waitForLog((entry) => entry['outcome'] === 'refused');
    assert.equal(line['cause'], 'no-certificate');
    assert.equal(line['sni'], 'test.com');
  });

  await t.test('a server name without a certificate gets the alert unrecognized_name', async () => {
    const url = `https://other.example:${port}/ip`;
    const resolve = ['--resolve', `other.example:${port}:127.0.0.1`];
    const answer = await curl(['-k', ...resolve, ...client, url], { cwd: folder });
    assert.equal(answer.exitCode, 35, answer.verbose);
    assert.match(answer.verbose, /unrecognized name/i);
  });
});
