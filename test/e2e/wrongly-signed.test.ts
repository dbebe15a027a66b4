// A client whose certificate bears the name of a trusted CA and another one's signature. OpenSSL tells
// of that twice, as a verdict and as an error, and when the client's messages come one by one the error
// must not end a handshake that the verdict does not end.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { after, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { extension, type Forged, forge } from '../support/forged-certificate.ts';
import { gatewayOptions, startLiveGateway } from '../support/live-gateway.ts';

const root = forge({ subject: 'CN=Root', extensions: [extension.ca()] });
const namesake = forge({ subject: 'CN=Root', extensions: [extension.ca()] });
const leaf = forge({ subject: 'CN=a', issuer: namesake });
const server = forge({ subject: 'CN=server', issuer: root });
const material = { cert: server.pem, key: pem(server), ca: root.pem };
const gateway = await startLiveGateway(
  { after },
  gatewayOptions({
    listeners: [{ listen: '127.0.0.1:0', protocol: 'https', upstream: 'echo:' }],
    certificates: ['observe', 'optional', 'true'].map((verify) => ({
      ...material,
      snis: [`${verify}.example`],
      verify,
    })),
  }),
);

function pem({ keys }: Forged): string {
  return keys.privateKey.export({ format: 'pem', type: 'pkcs8' });
}

/** With so many certificates node's client sends them apart from what follows. */
async function ask(
  mode: string,
  maxVersion: 'TLSv1.2' | 'TLSv1.3',
): Promise<{ received: string; line: Readonly<Record<string, unknown>>; endsOnGarbage: boolean }> {
  const raw = connectPlain(gateway.port, '127.0.0.1');
  await once(raw, 'connect');
  const port = raw.localPort;
  const socket = connect({
    socket: raw,
    servername: `${mode}.example`,
    rejectUnauthorized: false,
    minVersion: maxVersion,
    maxVersion,
    cert: leaf.pem + root.pem + namesake.pem,
    key: pem(leaf),
  });
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => (received += text));
  socket.on('error', () => {});
  raw.on('error', () => {});
  const closed = once(raw, 'close');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.replace('x', `${mode}.example`));
  await Promise.race([closed, once(socket, 'data')]);
  raw.write(Buffer.alloc(64, 7));
  const endsOnGarbage = await Promise.race([
    closed.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 2000).unref()),
  ]);
  raw.destroy();
  const line = await gateway.waitForLine(
    ({ event, remotePort }) => event === 'handshake' && remotePort === port,
  );
  return { received, line, endsOnGarbage };
}

describe('a certificate of a CA with the name of a trusted one', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`${version}, observe: admitted, and told why it would be refused`, async () => {
      const { received, line, endsOnGarbage } = await ask('observe', version);
      assert.match(received, /^HTTP\/1\.1 200 /);
      assert.equal(line['outcome'], 'admitted');
      assert.equal(line['cause'], 'unknown-issuer');
      assert.equal(endsOnGarbage, true, 'a later TLS error still ends the connection');
    });
    for (const mode of ['optional', 'true']) {
      test(`${version}, ${mode}: refused for its issuer`, async () => {
        const { received, line } = await ask(mode, version);
        assert.equal(received, '');
        assert.equal(line['outcome'], 'refused');
        assert.equal(line['cause'], 'unknown-issuer');
      });
    }
  }
});
