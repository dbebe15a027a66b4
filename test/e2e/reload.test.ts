// A running gateway follows its files: configuration, certificates, trust bundles.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as tls from 'node:tls';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FILES = ['ca.crt', 'server.crt', 'server.key'];

interface Running {
  readonly folder: string;
  readonly port: number;
  readonly gateway: GatewayProcess;
  /** Rewrites the configuration as `run` was given it; `answer` is what /x answers. */
  readonly configure: (answer: string, more?: string) => Promise<void>;
  readonly reloads: (event?: string) => number;
}

async function running(t: TestContext): Promise<Running> {
  const certificates = await scenarioCertificates('webServer');
  const folder = await temporaryFolder(t);
  for (const file of FILES) await copyFile(join(certificates, file), join(folder, file));
  const port = await freePort();
  const text = (answer: string, more: string): string => `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls: { cert_file: server.crt, key_file: server.key, ca_file: ca.crt, verify: true }
    routes:
      - match: { path: /x }
        respond: { status: 200, body: ${answer} }
workers: 1
${more}`;
  const path = join(folder, 'gateway.yaml');
  await writeFile(path, text('one', ''));
  const gateway = await startGateway(t, ['run', path]);
  return {
    folder,
    port,
    gateway,
    async configure(answer, more = '') {
      await writeFile(`${path}.new`, text(answer, more));
      await rename(`${path}.new`, path);
    },
    reloads: (event = 'reloaded') => gateway.log.filter((line) => line['event'] === event).length,
  };
}

/** A client of the private CA on a connection that it keeps. */
async function connect(port: number, name = 'client'): Promise<tls.TLSSocket> {
  const certificates = await scenarioCertificates('webServer');
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    cert: await readFile(join(certificates, `${name}.crt`)),
    key: await readFile(join(certificates, `${name}.key`)),
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

async function ask(socket: tls.TLSSocket): Promise<string> {
  socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString().split('\r\n\r\n')[1] ?? '';
}

async function askAnew(port: number): Promise<string> {
  const socket = await connect(port);
  try {
    return await ask(socket);
  } finally {
    socket.destroy();
  }
}

async function shownFingerprint(port: number): Promise<string> {
  const socket = await connect(port);
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

const nextReload = (gateway: GatewayProcess, before: number, event: string): Promise<unknown> =>
  gateway.waitForLog(
    (line) =>
      line['event'] === event &&
      gateway.log.filter((other) => other['event'] === event).length > before,
  );

test('a configuration that is replaced by a rename is in force without a restart', async (t) => {
  const { port, gateway, configure } = await running(t);
  assert.equal(await askAnew(port), 'one');
  await configure('two');
  await nextReload(gateway, 0, 'reloaded');
  assert.equal(await askAnew(port), 'two');
});

test('a bad configuration keeps the last good one and is complained of once', async (t) => {
  const { port, gateway, configure, reloads } = await running(t);
  await configure('two', 'listenerz: []');
  const line = await gateway.waitForLog((entry) => entry['event'] === 'reload-failed');
  assert.match((line['problems'] as string[])[0] ?? '', /gateway\.yaml:\d+:1: .*listenerz/);
  gateway.process.kill('SIGHUP');
  assert.equal(await askAnew(port), 'one');
  await configure('three');
  await nextReload(gateway, 0, 'reloaded');
  assert.equal(await askAnew(port), 'three');
  assert.equal(reloads('reload-failed'), 1);
});

test('SIGHUP reads the configuration again, and nothing happens where nothing changed', async (t) => {
  const { port, gateway, reloads } = await running(t);
  gateway.process.kill('SIGHUP');
  assert.equal(await askAnew(port), 'one');
  assert.equal(reloads(), 0);
});

test('a renewed server certificate is shown to the next client', needs('openssl'), async (t) => {
  const { folder, port, gateway } = await running(t);
  const other = await scenarioCertificates('helloWorld');
  const before = await shownFingerprint(port);
  // As certificate tools do it: two files, one after the other, with a moment in which they disagree.
  await copyFile(join(other, 'server.key'), join(folder, 'server.key'));
  await copyFile(join(other, 'server.crt'), join(folder, 'server.crt'));
  await nextReload(gateway, 0, 'reloaded');
  assert.notEqual(await shownFingerprint(port), before);
});

test('a live connection goes on under the old snapshot while its client would still be admitted', async (t) => {
  const { port, gateway, configure } = await running(t);
  const socket = await connect(port);
  assert.equal(await ask(socket), 'one');
  socket.write('GET /x HTTP/1.1\r\nHost: loc');
  await configure('two');
  await nextReload(gateway, 0, 'reloaded');
  socket.write('alhost\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  assert.match(bytes.toString(), /Connection: close[\s\S]*one$/i);
  await once(socket, 'close');
});

test('connections of a client whose CA is no longer trusted are closed', async (t) => {
  const { folder, port, gateway } = await running(t);
  const other = await scenarioCertificates('helloWorld');
  const socket = await connect(port);
  assert.equal(await ask(socket), 'one');
  const closed = once(socket, 'close');
  await copyFile(join(other, 'ca.crt'), join(folder, 'ca.new'));
  await rename(join(folder, 'ca.new'), join(folder, 'ca.crt'));
  await closed;
  const line = await gateway.waitForLog((entry) => entry['event'] === 'reloaded');
  assert.equal(line['closed'], 1);
  const late = await connect(port);
  late.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [first] = await Promise.race([once(late, 'data'), once(late, 'close')]);
  assert.ok(!(first instanceof Buffer), 'the new connection must not be served');
});

test('a file that is missing for a while is a bad configuration, and mends itself', async (t) => {
  const { folder, port, gateway, configure } = await running(t);
  await rm(join(folder, 'ca.crt'));
  await gateway.waitForLog((entry) => entry['event'] === 'reload-failed');
  assert.equal(await askAnew(port), 'one');
  const certificates = await scenarioCertificates('webServer');
  await copyFile(join(certificates, 'ca.crt'), join(folder, 'ca.crt'));
  await configure('two');
  await nextReload(gateway, 0, 'reloaded');
  assert.equal(await askAnew(port), 'two');
});

test('a listener can be added and removed', async (t) => {
  const { port, gateway, configure } = await running(t);
  const second = await freePort();
  const tlsKeys = '{ cert_file: server.crt, key_file: server.key, ca_file: ca.crt, verify: true }';
  const lines = [`  - listen: 127.0.0.1:${second}`, '    protocol: https', `    tls: ${tlsKeys}`];
  const path = join((await gatewayFolder(gateway)) ?? '', 'gateway.yaml');
  const text = await readFile(path, 'utf8');
  await writeFile(
    path,
    text.replace('workers:', `${lines.join('\n')}\n    upstream: "echo:"\nworkers:`),
  );
  await nextReload(gateway, 0, 'reloaded');
  (await connect(second)).destroy();
  await configure('one');
  await nextReload(gateway, 1, 'reloaded');
  await assert.rejects(connect(second));
  assert.equal(await askAnew(port), 'one');
});

async function gatewayFolder(gateway: GatewayProcess): Promise<string | undefined> {
  return gateway.process.spawnargs.at(-1)?.replace(/\/gateway\.yaml$/, '');
}
