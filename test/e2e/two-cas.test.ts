// The server's certificate is of one CA, the clients' of another: neither stands in for the other.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

test('two CAs on the two sides', needs('curl', 'openssl'), async (t) => {
  const servers = await scenarioCertificates('webServer');
  const clients = await scenarioCertificates('apiGateway');
  const port = await freePort();
  const gateway = await runGateway(
    t,
    `
listeners:
  - listen: localhost:${port}
    protocol: https
    tls:
      cert_file: ${join(servers, 'server.crt')}
      key_file: ${join(servers, 'server.key')}
      ca_file: ${join(clients, 'ca.crt')}
      verify: true
    upstream: "echo:"
`,
  );
  const url = `https://localhost:${port}/`;
  const trust = ['--cacert', join(servers, 'ca.crt')];

  await t.test("a client of the clients' CA is admitted", async () => {
    const answer = await curl([...trust, '--cert', 'client.crt', '--key', 'client.key', url], {
      cwd: clients,
    });
    assert.equal(answer.status, 200, answer.verbose);
    assert.match(answer.body, /CN=CLIENT/);
  });

  await t.test("a client of the server's CA is refused as of an unknown issuer", async () => {
    const answer = await curl([...trust, '--cert', 'client.crt', '--key', 'client.key', url], {
      cwd: servers,
    });
    assert.notEqual(answer.exitCode, 0);
    assert.equal(answer.status, null, answer.verbose);
    const line = await gateway.waitForLog((entry) => entry['outcome'] === 'refused');
    assert.equal(line['cause'], 'unknown-issuer');
  });

  await t.test("a client that trusts only the clients' CA rejects the server", async () => {
    const args = ['--cacert', 'ca.crt', '--cert', 'client.crt', '--key', 'client.key', url];
    assert.equal((await curl(args, { cwd: clients })).exitCode, 60);
  });
});
