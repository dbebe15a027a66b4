// An admin listener with mutual TLS: the certificate of an administrator does for the token, that of any
// other user does not, and without a certificate nobody is heard.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('the admin API by client certificate', needs('curl', 'openssl'), async (t) => {
  const web = await scenarioCertificates('webServer');
  const [port, adminPort] = [await freePort(), await freePort()];
  const folder = await temporaryFolder(t);
  const path = join(folder, 'gateway.yaml');
  const tls = `cert_file: ${web}/server.crt, key_file: ${web}/server.key, ca_file: ${web}/ca.crt, verify: true`;
  await writeFile(
    path,
    `
listeners: [{ listen: '127.0.0.1:${port}', upstream: 'echo:' }]
admin: { listen: '0.0.0.0:${adminPort}', tls: { ${tls} } }
authorization: { users: [{ user: alice@example.com, admin: true }, { user: mallory@example.com }] }
workers: 1
`,
  );
  const gateway = await startGateway(t, ['run', path]);
  await gateway.waitForLog((line) => line['listener'] === 'admin');
  const url = `https://localhost:${adminPort}/v1/session`;
  const as = (name: string) => [
    '--cacert',
    `${web}/ca.crt`,
    '--cert',
    `${web}/${name}.crt`,
    '--key',
    `${web}/${name}.key`,
  ];

  const alice = await curl([...as('client'), url]);
  assert.equal(alice.status, 200, alice.verbose);
  assert.deepEqual(JSON.parse(alice.body), { who: 'alice@example.com' });
  assert.equal(
    (await curl([...as('client'), `https://127.0.0.1:${adminPort}/readyz`])).status,
    200,
  );
  assert.equal((await curl([...as('other'), url])).status, 401);
  const token = (await readFile(join(folder, '.countersign/admin.token'), 'utf8')).trim();
  const bearer = ['-H', `Authorization: Bearer ${token}`];
  assert.equal((await curl([...as('other'), ...bearer, url])).status, 200);
  const nobody = await curl(['--cacert', `${web}/ca.crt`, ...bearer, url]);
  assert.equal(nobody.exitCode, 56, nobody.verbose);
  assert.equal((await curl([...as('expired'), ...bearer, url])).status, null);
  const rebound = await curl([...as('client'), '-H', `Host: evil.example:${adminPort}`, url]);
  assert.equal(rebound.status, 421);
});

test(
  'an administrator who revokes gets the answer, and is gone once revoked',
  needs('curl'),
  async (t) => {
    const [port, adminPort] = [await freePort(), await freePort()];
    const ca = await Shell.open(
      t,
      ['init'],
      ['issue', 'server', 'localhost'],
      ['issue', 'client', 'alice@example.com'],
      ['issue', 'client', 'bob@example.com'],
    );
    const tls = 'cert_file: .countersign/localhost.crt, key_file: .countersign/localhost.key';
    ca.write(
      'gateway.yaml',
      `
listeners: [{ listen: '127.0.0.1:${port}', tls: { ${tls} }, upstream: 'echo:' }]
admin: { listen: '127.0.0.1:${adminPort}', tls: { ${tls}, verify: true } }
authorization: { users: [{ user: alice@example.com, admin: true }, { user: bob@example.com, admin: true }] }
ca: { dir: .countersign }
workers: 1
`,
    );
    const gateway = await startGateway(t, ['run', ca.path('gateway.yaml')]);
    await gateway.waitForLog((line) => line['listener'] === 'admin');
    const file = (name: string) => ca.text('.countersign', name);
    const connect = (name: string) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      t.after(() => agent.destroy());
      const options = {
        agent,
        host: 'localhost',
        port: adminPort,
        ca: file('ca.crt'),
        cert: file(`${name}.crt`),
        key: file(`${name}.key`),
      };
      return async (method: string, path: string): Promise<string> => {
        const headers = { 'Content-Type': 'application/json' };
        const asked = request({ ...options, method, path, headers });
        asked.end(method === 'POST' ? '{}' : undefined);
        const [answer] = (await once(asked, 'response')) as [IncomingMessage];
        return `${answer.statusCode} ${asked.reusedSocket} ${await text(answer)}`;
      };
    };
    const serialOf = async (name: string) => {
      const [entry] = (await ca.json('list', name)) as unknown as { serialNumber: string }[];
      return entry?.serialNumber ?? '';
    };
    const [alice, bob] = [connect('alice@example.com'), connect('bob@example.com')];
    assert.match(await alice('GET', '/v1/session'), /^200 false .*alice/s);
    assert.match(await bob('GET', '/v1/session'), /^200 false .*bob/s);
    const revocation = `/v1/ca/certificates/${await serialOf('bob')}/revoke`;
    assert.match(await alice('POST', revocation), /^200 true .*"status": "revoked"/s);
    assert.match(await alice('GET', '/v1/audit'), /^200 true .*"who": "alice@example.com"/s);
    await assert.rejects(bob('GET', '/v1/session'));
  },
);

test(
  'a stream of events ends when its administrator is revoked by the command line, and no other',
  needs('curl'),
  async (t) => {
    const [port, adminPort] = [await freePort(), await freePort()];
    const ca = await Shell.open(
      t,
      ['init'],
      ['issue', 'server', 'localhost'],
      ['issue', 'client', 'alice@example.com'],
      ['issue', 'client', 'bob@example.com'],
    );
    const tls = 'cert_file: .countersign/localhost.crt, key_file: .countersign/localhost.key';
    ca.write(
      'gateway.yaml',
      `
listeners: [{ listen: '127.0.0.1:${port}', tls: { ${tls} }, upstream: 'echo:' }]
admin: { listen: '127.0.0.1:${adminPort}', tls: { ${tls}, verify: true } }
authorization: { users: [{ user: alice@example.com, admin: true }, { user: bob@example.com, admin: true }] }
ca: { dir: .countersign }
workers: 1
`,
    );
    const gateway = await startGateway(t, ['run', ca.path('gateway.yaml')]);
    await gateway.waitForLog((line) => line['listener'] === 'admin');
    const follow = async (name: string): Promise<IncomingMessage> => {
      const asked = request({
        host: 'localhost',
        port: adminPort,
        path: '/v1/events',
        agent: false,
        ca: ca.text('.countersign/ca.crt'),
        cert: ca.text(`.countersign/${name}.crt`),
        key: ca.text(`.countersign/${name}.key`),
      });
      t.after(() => asked.destroy());
      asked.on('error', () => {}).end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      assert.equal(answer.statusCode, 200);
      // It ends in the middle, which is an error to its reader.
      answer.on('error', () => {}).setEncoding('utf8');
      return answer;
    };
    const [alice, bob] = [await follow('alice@example.com'), await follow('bob@example.com')];
    let told = '';
    alice.on('data', (chunk: string) => (told += chunk));
    const closed = new Promise((resolve) => bob.resume().on('close', resolve));
    const [entry] = (await ca.json('list', 'bob@example.com')) as unknown as {
      serialNumber: string;
    }[];
    assert.equal((await ca.run('revoke', entry?.serialNumber ?? '')).status, 0);
    await closed;
    while (!told.includes('event: revoked')) await once(alice, 'data');
    assert.equal(alice.closed, false);
    const again = await curl([
      '--cacert',
      ca.path('.countersign/ca.crt'),
      '--cert',
      ca.path('.countersign/bob@example.com.crt'),
      '--key',
      ca.path('.countersign/bob@example.com.key'),
      `https://localhost:${adminPort}/v1/session`,
    ]);
    assert.equal(again.status, null);
  },
);
