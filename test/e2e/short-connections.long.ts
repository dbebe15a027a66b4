// What a connection needs is gone with the first collections after it, without one of the whole heap.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as tls from 'node:tls';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Before V8 has compiled what serves them, more stays. */
const WARM_UP = 3200;
const CONNECTIONS = 3200;
const AT_ONCE = 16;

test('connections that end do not grow old', needs('openssl'), async (t) => {
  const certificates = await scenarioCertificates('webServer');
  const port = await freePort();
  const text = `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls: { cert_file: ${certificates}/server.crt, key_file: ${certificates}/server.key, ca_file: ${certificates}/ca.crt, verify: true }
    routes:
      - match: { path: /x }
        respond: { status: 200, body: one }
workers: 1
`;
  const folder = await temporaryFolder(t, { 'gateway.yaml': text });
  const gateway = await startGateway(t, ['run', join(folder, 'gateway.yaml')], {
    nodeArgs: ['--trace-gc', '--trace-gc-nvp'],
  });
  const secureContext = tls.createSecureContext({
    ca: readFileSync(join(certificates, 'ca.crt')),
    cert: readFileSync(join(certificates, 'client.crt')),
    key: readFileSync(join(certificates, 'client.key')),
  });
  const visits = async (count: number): Promise<void> => {
    for (let visit = 0; visit < count; visit++) {
      const socket = tls.connect({
        port,
        host: '127.0.0.1',
        servername: 'localhost',
        secureContext,
      });
      socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
      socket.resume();
      await once(socket, 'close');
    }
  };
  const many = (count: number) =>
    Promise.all(Array.from({ length: AT_ONCE }, () => visits(count / AT_ONCE)));
  await many(WARM_UP);
  const before = gateway.stdout().length;
  await many(CONNECTIONS);
  await gateway.stop();

  const scavenges = gateway
    .stdout()
    .slice(before)
    .matchAll(/"gc":"s".*"nodes_promoted":(\d+)/g);
  const promoted = Array.from(scavenges, ([, count]) => Number(count));
  assert.ok(promoted.length >= 5, `V8 collected ${promoted.length} times`);
  const handles = promoted.reduce((sum, count) => sum + count, 0);
  // Those whose connection was there at two collections in a row have to.
  assert.ok(handles < CONNECTIONS / 10, `${handles} TLS handles of ${CONNECTIONS} grew old`);
});
