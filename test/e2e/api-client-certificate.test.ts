// A certificate of type client, made through the admin API, is ours towards the upstreams that name it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { startApiGateway } from '../support/api-gateway.ts';
import { curl } from '../support/curl.ts';
import { startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

test(
  'a client certificate of the admin API is shown to upstreams',
  needs('curl', 'openssl'),
  async (t) => {
    const web = await scenarioCertificates('webServer');
    const read = (name: string) => readFile(join(web, name), 'utf8');
    const upstream = await startUpstream(t, web);
    const base = (port: number): string => `
listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: ${web}/server.crt, key_file: ${web}/server.key }
    upstream: api
workers: 1
`;
    const plain = `upstreams: { api: { url: 'https://localhost:${upstream}', tls: { ca_file: ${web}/ca.crt } } }\n`;
    const naming = (id: string) => plain.replace('.crt }', `.crt, client_cert_id: ${id} }`);
    const { gateway, api, path, port } = await startApiGateway(t, (own) => base(own) + plain);
    const whom = async (): Promise<string> =>
      (await curl(['-k', `https://127.0.0.1:${port}/`])).body;
    const configure = async (upstreams: string): Promise<void> => {
      const text = (await readFile(path, 'utf8')).replace(/^upstreams: .*\n/m, upstreams);
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
      gateway.process.kill('SIGHUP');
    };
    assert.equal(await whom(), 'nobody');

    await t.test('an id that there is not keeps the last good configuration', async () => {
      await configure(naming('gw'));
      const failed = await gateway.waitForLog((line) => line['event'] === 'reload-failed');
      assert.match(
        JSON.stringify(failed),
        /client_cert_id: .*gw.* is no enabled certificate of the admin API/,
      );
      assert.equal(await whom(), 'nobody');
    });

    await t.test('one that there is is shown from the reload on', async () => {
      const wish = { certificate: await read('client.crt'), key: await read('client.key') };
      const made = await api.ask('POST', '/v1/certificates', { ...wish, id: 'gw', type: 'client' });
      assert.equal(made.status, 201);
      await configure(naming('gw'));
      await gateway.waitForLog((line) => line['event'] === 'reloaded');
      assert.equal(await whom(), 'alice');
    });

    await t.test('another one in its place is shown at once', async () => {
      const wish = { certificate: await read('other.crt'), key: await read('other.key') };
      const replaced = await api.ask('PUT', '/v1/certificates/gw', { ...wish, type: 'client' });
      assert.equal(replaced.status, 200);
      assert.equal(await whom(), 'mallory');
    });

    await t.test(
      'while it is in use it can not be removed, disabled or made another type',
      async () => {
        const removed = await api.ask('DELETE', '/v1/certificates/gw');
        assert.equal(removed.status, 409);
        assert.match(String(removed.json['detail']), /upstreams\.api\.tls\.client_cert_id/);
        const disabled = await api.ask('PATCH', '/v1/certificates/gw', { status: 'disabled' });
        assert.equal(disabled.status, 409);
        const changed = await api.ask('PATCH', '/v1/certificates/gw', {
          type: 'server',
          snis: ['a.example'],
        });
        assert.equal(changed.status, 409);
        assert.match(String(changed.json['detail']), /its type must be client/);
        assert.equal(await whom(), 'mallory');
      },
    );

    await t.test('it is there after a restart', async () => {
      await gateway.stop();
      await startGateway(t, ['run', path]);
      assert.equal(await whom(), 'mallory');
    });
  },
);

/** An upstream that asks for a certificate and says whose it got. */
async function startUpstream(t: TestContext, web: string): Promise<number> {
  const [cert, key, ca] = await Promise.all(
    ['server.crt', 'server.key', 'ca.crt'].map((name) => readFile(join(web, name))),
  );
  const server = createServer(
    { cert, key, ca, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const socket = request.socket as TLSSocket;
      response.end(socket.authorized ? socket.getPeerCertificate().subject.CN : 'nobody');
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
