// An issuer with two certificates, of which one leads to the trust bundle: what a live handshake makes of both.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tls from 'node:tls';
import { encodePrivateKey } from '../../src/pki/keys.ts';
import { ecKeys, extension, forge } from '../support/forged-certificate.ts';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { Shell } from '../support/shell.ts';

test('a cross-signed intermediate that leads elsewhere is no harm behind the other, and explained before it', async (t) => {
  const shell = await Shell.open(t);
  const trusted = forge({ subject: 'CN=Trusted', extensions: [extension.ca()] });
  const other = forge({ subject: 'CN=Other', extensions: [extension.ca()] });
  const [issuingKeys, clientKeys, serverKeys] = [ecKeys(), ecKeys(), ecKeys()];
  const [here, elsewhere] = [trusted, other].map((issuer) =>
    forge({ subject: 'CN=Issuing', issuer, keys: issuingKeys, extensions: [extension.ca()] }),
  );
  assert.ok(here !== undefined && elsewhere !== undefined);
  const alice = forge({ subject: 'CN=alice', issuer: here, keys: clientKeys });
  const server = forge({
    subject: 'CN=localhost',
    issuer: trusted,
    keys: serverKeys,
    extensions: [extension.names({ kind: 'dns', value: 'localhost' })],
  });
  shell.write('ca.crt', trusted.pem);
  shell.write('server.crt', server.pem);
  shell.write('server.key', encodePrivateKey(serverKeys.privateKey));
  shell.write('first.crt', alice.pem + here.pem + elsewhere.pem);
  shell.write('last.crt', alice.pem + elsewhere.pem + here.pem);
  const port = await freePort();
  shell.write(
    'gateway.yaml',
    `listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: server.crt, key_file: server.key, ca_file: ca.crt, verify: true }
    upstream: 'echo:'
`,
  );
  const gateway = await startGateway(t, ['run', shell.path('gateway.yaml')]);
  for (const [chain, outcome] of [
    ['first', 'admitted'],
    ['last', 'refused'],
  ]) {
    const socket = tls.connect({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      ca: trusted.pem,
      cert: shell.text(`${chain}.crt`),
      key: encodePrivateKey(clientKeys.privateKey),
    });
    socket.on('error', () => {});
    const event = await gateway.waitForLog(
      (line) => line['event'] === 'handshake' && line['outcome'] === outcome,
    );
    socket.destroy();
    assert.equal(event['cause'], outcome === 'refused' ? 'unverifiable' : null);
    const explained = await shell.run('explain', `${chain}.crt`, '--config', 'gateway.yaml');
    assert.equal(explained.status, outcome === 'refused' ? 1 : 0);
    if (outcome === 'refused') assert.match(explained.stdout, /leave out the certificates that/);
    const inspected = await shell.run('inspect', `${chain}.crt`, '--ca', 'ca.crt');
    assert.match(inspected.stdout, /Verified as a client: CN=alice <- CN=Issuing <- CN=Trusted/);
  }
});
