// A running gateway renews its own certificates, and refreshes the lists of the CA that is attached.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import * as tls from 'node:tls';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';

const DAY = 86_400_000;

test(
  'a certificate past two thirds of its life is renewed, and no connection is dropped',
  needs('openssl'),
  async (t) => {
    const shell = await Shell.open(t);
    shell.now -= 26 * DAY;
    shell.write('secret', 'correct horse');
    await shell.run('init', '--passphrase-file', 'secret');
    shell.now += 26 * DAY;
    shell.env = { COUNTERSIGN_CA_PASSPHRASE: 'correct horse' };
    await shell.run('issue', 'server', 'localhost');
    const port = await freePort();
    shell.write(
      'gateway.yaml',
      `
listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: .countersign/localhost.crt, key_file: .countersign/localhost.key }
    upstream: 'echo:'
ca: { dir: .countersign, passphrase_file: secret }
workers: 2
`,
    );
    const gateway = await startGateway(t, ['run', shell.path('gateway.yaml')]);
    // The list of 26 days ago was due again long ago.
    await gateway.waitForLog((line) => line['event'] === 'crl-published');
    assert.match(
      shell.openssl('crl', '-noout', '-nextupdate', '-in', '.countersign/ca.crl'),
      /GMT/,
    );
    const open = async (): Promise<tls.TLSSocket> => {
      const ca = shell.text('.countersign/ca.crt');
      const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
      await once(socket, 'secureConnect');
      return socket;
    };
    const ask = async (socket: tls.TLSSocket): Promise<string> => {
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      return String((await once(socket, 'data'))[0]);
    };
    const early = await open();
    assert.match(await ask(early), /200 OK/);

    shell.now -= 25 * DAY;
    await shell.run('issue', 'server', 'localhost', '--force');
    shell.now += 25 * DAY;
    const renewed = await gateway.waitForLog((line) => line['event'] === 'certificate-renewed');
    assert.match(String(renewed['certificate']), /localhost\.crt$/);
    assert.ok(Number(renewed['notAfter']) > shell.now + 29 * DAY);

    for (;;) {
      const late = await open();
      const serial = late.getPeerX509Certificate()?.serialNumber.toLowerCase() ?? '';
      assert.match(await ask(late), /200 OK/);
      late.destroy();
      if (serial.endsWith(String(renewed['serialNumber']))) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.match(await ask(early), /200 OK/);
    early.destroy();
    const entries = (await shell.json('list', 'localhost')) as unknown as { requestedBy: string }[];
    assert.match(entries[0]?.requestedBy ?? '', /^renewal of /);
  },
);

test('without the passphrase the gateway serves, and says what it does not do', async (t) => {
  const shell = await Shell.open(t);
  shell.env = { COUNTERSIGN_CA_PASSPHRASE: 'correct horse' };
  await shell.run('init');
  await shell.run('issue', 'server', 'localhost');
  shell.write(
    'gateway.yaml',
    `
listeners:
  - listen: 127.0.0.1:0
    tls: { cert_file: .countersign/localhost.crt, key_file: .countersign/localhost.key }
    upstream: 'echo:'
ca: { dir: .countersign }
`,
  );
  const gateway = await startGateway(t, ['run', shell.path('gateway.yaml')]);
  const event = await gateway.waitForLog((line) => line['event'] === 'authority-unusable');
  assert.match(String(event['problem']), /is encrypted, .* certificates are not renewed/);
});
