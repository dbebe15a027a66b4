// Mutual TLS, hello world: openssl's certificates, a server on localhost that requires one, curl.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

test('hello world is for clients with a certificate', needs('curl', 'openssl'), async (t) => {
  const folder = await scenarioCertificates('helloWorld');
  const port = await freePort();
  const gateway = await runGateway(
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
        respond: { status: 200, body: Hello World }
`,
  );
  const url = `https://localhost:${port}`;

  await t.test('with its certificate the client is greeted', async () => {
    const args = '--cacert ca.crt --key client.key --cert client.crt'.split(' ');
    const answer = await curl([...args, url], { cwd: folder });
    assert.equal(answer.exitCode, 0, answer.verbose);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain\b/);
    assert.equal(answer.body, 'Hello World');
  });

  await t.test('localhost is served on both address families', async () => {
    const args = '--cacert ca.crt --key client.key --cert client.crt'.split(' ');
    for (const family of ['-4', '-6']) {
      const answer = await curl([family, ...args, url], { cwd: folder });
      assert.equal(answer.body, 'Hello World', answer.verbose);
    }
  });

  for (const version of ['1.2', '1.3']) {
    await t.test(`without a certificate the TLS ${version} handshake fails`, async () => {
      const args = ['--cacert', 'ca.crt', `--tlsv${version}`, '--tls-max', version, url];
      const answer = await curl(args, { cwd: folder });
      assert.notEqual(answer.exitCode, 0);
      assert.equal(answer.status, null, answer.verbose);
      assert.match(answer.verbose, /alert/);
    });
  }

  await t.test('the log tells who came and who was refused, and no key', async () => {
    const admitted = await gateway.waitForLog(
      (line) => line['event'] === 'handshake' && line['outcome'] === 'admitted',
    );
    assert.match(JSON.stringify(admitted), /CN=my-client/);
    const refused = await gateway.waitForLog((line) => line['outcome'] === 'refused');
    assert.equal(refused['cause'], 'no-certificate');
    assert.doesNotMatch(JSON.stringify(gateway.log), /PRIVATE KEY/);
  });

  await t.test('SIGTERM ends it with status 0', async () => {
    assert.equal(await gateway.stop(), 0, gateway.stderr());
  });
});
