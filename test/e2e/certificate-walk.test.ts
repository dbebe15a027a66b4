// A certificate's life from end to end: token, enrolment, admission, renewal, revocation; and a company's CA.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as tls from 'node:tls';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { NatsClient } from '../support/nats-client.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { needs } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';

const ENTRY = join(import.meta.dirname, '../../bin/countersign.js');

/** A service that answers requests, and echoes what comes over a WebSocket connection. */
async function startService(t: TestContext): Promise<number> {
  const server: Server = createServer((_, response) => response.end('here'));
  server.on('upgrade', (_, socket) => {
    socket.on('error', () => {});
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    );
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Runs a command on another machine, in a process of its own. */
function countersign(cwd: string, ...words: readonly string[]): string {
  const done = spawnSync(process.execPath, [ENTRY, ...words], { cwd, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

interface Connection {
  readonly socket: tls.TLSSocket;
  readonly closed: Promise<unknown>;
  say(text: string): Promise<string>;
}

/** `prefix`: the name of the files of the certificate, in `.countersign` unless it names a folder. */
async function open(machine: Shell, prefix: string, port: number): Promise<Connection> {
  const [ca, cert, key] = ['ca.crt', `${prefix}.crt`, `${prefix}.key`].map((file) =>
    machine.text('.countersign', file),
  );
  const socket = tls.connect({ host: '127.0.0.1', port, servername: 'localhost', ca, cert, key });
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  await once(socket, 'secureConnect');
  return {
    socket,
    closed,
    async say(text) {
      socket.write(text);
      const answer = once(socket, 'data').then(([bytes]) => String(bytes));
      return Promise.race([answer, closed.then(() => 'closed')]);
    },
  };
}

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const UPGRADE =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

async function newestSerial(ca: Shell): Promise<string> {
  const [newest] = (await ca.json('list', 'alice')) as unknown as { serialNumber: string }[];
  return newest?.serialNumber ?? '';
}

/** What openssl says of a leaf under the anchors and lists of the CA. */
function verdict(ca: Shell, machine: Shell, leaf: string): string {
  const list = ca.path('.countersign/ca.crl');
  const words = [
    'verify',
    '-x509_strict',
    '-crl_check_all',
    '-CAfile',
    ca.path('.countersign/ca.crt'),
  ];
  const file = machine.path('.countersign', `${leaf}.crt`);
  const done = spawnSync('openssl', [...words, '-CRLfile', list, '-untrusted', file, file], {
    encoding: 'utf8',
  });
  return done.stdout + done.stderr;
}

test(
  'enrolled, admitted, renewed, revoked: HTTP, WebSocket and NATS connections end, and openssl agrees',
  needs('openssl', 'nats-server'),
  async (t) => {
    const [ca, machine] = [
      await Shell.open(t, ['init'], ['issue', 'server', 'localhost']),
      await Shell.open(t),
    ];
    const service = await startService(t);
    const nats = await startNatsServer(t);
    const [web, bus, enrolment] = [await freePort(), await freePort(), await freePort()];
    const keys =
      'cert_file: .countersign/localhost.crt, key_file: .countersign/localhost.key, verify_and_map: true';
    ca.write(
      'gateway.yaml',
      `
listeners:
  - { listen: '127.0.0.1:${web}', tls: { ${keys} }, upstream: 'http://127.0.0.1:${service}' }
  - { listen: '127.0.0.1:${bus}', protocol: nats, tls: { ${keys} }, upstream: 'nats://127.0.0.1:${nats.port}' }
authorization: { users: [{ user: alice@example.com }, { user: bob@example.com }] }
ca: { dir: .countersign, listen: '127.0.0.1:${enrolment}' }
workers: 2
`,
    );
    const gateway = await startGateway(t, ['run', ca.path('gateway.yaml')]);
    await gateway.waitForLog((line) => line['listener'] === 'ca');

    for (const name of ['alice', 'bob']) {
      const { token } = await ca.json('token', name, '--email', `${name}@example.com`);
      countersign(
        machine.folder,
        'enroll',
        `https://localhost:${enrolment}`,
        '--token',
        String(token),
      );
      assert.match(verdict(ca, machine, name), /: OK\n$/);
    }
    const serials: string[] = [];
    const opened: Connection[] = [];
    const use = async (prefix: string): Promise<NatsClient> => {
      const request = await open(machine, prefix, web);
      assert.match(await request.say(GET), /200 OK/);
      const socket = await open(machine, prefix, web);
      assert.match(await socket.say(UPGRADE), /101 Switching/);
      assert.equal(await socket.say('ping'), 'ping');
      opened.push(request, socket);
      const client = await NatsClient.connect(bus, {
        folder: machine.path('.countersign'),
        name: prefix,
      });
      client.send('CONNECT {"verbose":false}\r\n');
      await client.flush();
      return client;
    };
    const first = await use('alice');
    serials.push(await newestSerial(ca));

    // Renewed into files of another name, so that both stay at hand.
    for (const end of ['crt', 'key'])
      machine.write(`.countersign/alice2.${end}`, machine.text(`.countersign/alice.${end}`));
    const [before] = [machine.text('.countersign/alice2.crt')];
    countersign(
      machine.folder,
      'renew',
      '.countersign/alice2.crt',
      '--url',
      `https://localhost:${enrolment}`,
    );
    assert.notEqual(machine.text('.countersign/alice2.crt'), before);
    const second = await use('alice2');
    serials.push(await newestSerial(ca));
    assert.notEqual(serials[0], serials[1]);
    for (const leaf of ['alice', 'alice2']) assert.match(verdict(ca, machine, leaf), /: OK\n$/);
    const bob = await open(machine, 'bob', web);
    assert.match(await bob.say(GET), /200 OK/);

    for (const [at, leaf] of ['alice', 'alice2'].entries()) {
      await ca.run('revoke', serials[at] ?? '', '--reason', 'keyCompromise');
      await Promise.all(opened.slice(2 * at, 2 * at + 2).map(({ closed }) => closed));
      await [first, second][at]?.end();
      if (at === 0) {
        assert.equal(await opened[3]?.say('ping'), 'ping');
        assert.match((await opened[2]?.say(GET)) ?? '', /200 OK/);
        await second.flush();
        assert.match(verdict(ca, machine, 'alice2'), /: OK\n$/);
      }
      assert.match(verdict(ca, machine, leaf), /error 23 at 0 depth lookup: certificate revoked/);
      const listed = ca.openssl('crl', '-noout', '-text', '-in', '.countersign/ca.crl');
      assert.equal(listed.match(/Serial Number:/g)?.length, at + 1);
      assert.equal(await (await open(machine, leaf, web)).say(GET), 'closed');
      const serialNumber = serials[at];
      const event = await gateway.waitForLog(
        (line) => line['event'] === 'revoked' && line['serialNumber'] === serialNumber,
      );
      assert.equal(event['closed'], 3);
    }
    const refusal = await gateway.waitForLog((line) => line['outcome'] === 'refused');
    assert.equal(refusal['cause'], 'revoked');
    assert.match(await bob.say(GET), /200 OK/);
    bob.socket.destroy();
    const failed = spawnSync(
      process.execPath,
      [ENTRY, 'renew', '.countersign/alice.crt', '--url', `https://localhost:${enrolment}`],
      { cwd: machine.folder, encoding: 'utf8' },
    );
    assert.match(failed.stderr, /was revoked \(revoked\)/);
  },
);

test(
  'a company’s CA signs what request made, and both sides use it',
  needs('openssl'),
  async (t) => {
    const shell = await Shell.open(t);
    const folder = shell.path('.countersign');
    const sign = (name: string, extensions: string): void => {
      shell.write('extensions', extensions);
      const words = [
        'x509',
        '-req',
        '-in',
        `.countersign/${name}.csr`,
        '-days',
        '30',
        '-extfile',
        'extensions',
      ];
      const by = [
        '-CA',
        '.countersign/ca.crt',
        '-CAkey',
        'company.key',
        '-out',
        `.countersign/${name}.crt`,
      ];
      shell.openssl(...words, ...by, '-copy_extensions', 'copy');
    };
    countersign(shell.folder, 'request', 'server', 'localhost');
    countersign(shell.folder, 'request', 'client', 'alice', '--email', 'alice@example.com');
    const company = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
    ];
    const files = [
      '-keyout',
      'company.key',
      '-out',
      '.countersign/ca.crt',
      '-subj',
      '/CN=Company CA',
    ];
    shell.openssl(...company, ...files);
    sign('localhost', 'extendedKeyUsage=serverAuth');
    sign('alice', 'extendedKeyUsage=clientAuth');
    const port = await freePort();
    shell.write(
      'gateway.yaml',
      `
listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: ${folder}/localhost.crt, key_file: ${folder}/localhost.key, ca_file: ${folder}/ca.crt, verify_and_map: true }
    upstream: 'echo:'
authorization: { users: [{ user: alice@example.com }] }
`,
    );
    await startGateway(t, ['run', shell.path('gateway.yaml')]);
    const alice = await open(shell, 'alice', port);
    assert.ok(alice.socket.authorized);
    assert.match(await alice.say(GET), /"user": ?"alice@example\.com"/);
    alice.socket.destroy();
  },
);
