// Any TCP service behind mutual TLS: bytes both ways, and who the client is by the PROXY protocol.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tls from 'node:tls';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { needs, programPath } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';

interface Front {
  readonly shell: Shell;
  readonly port: number;
  readonly gateway: GatewayProcess;
  readonly client: (name: string | null) => tls.TLSSocket;
}

/** A tls listener in front of `upstream`; `more` are further keys of the listener. */
async function front(t: TestContext, upstream: string, more = '', rest = ''): Promise<Front> {
  const shell = await Shell.open(
    t,
    ['init'],
    ['issue', 'server', 'localhost', '127.0.0.1'],
    ['issue', 'client', 'alice', '--email', 'alice@example.com'],
    ['issue', 'client', 'bob'],
  );
  const port = await freePort();
  shell.write(
    'gateway.yaml',
    `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: tls
    tls:
      cert_file: .countersign/localhost.crt
      key_file: .countersign/localhost.key
      ca_file: .countersign/ca.crt
      verify_and_map: true
    upstream: ${upstream}
${more}
authorization:
  users: [{ user: alice@example.com }]
workers: 1
${rest}
`,
  );
  const gateway = await startGateway(t, ['run', shell.path('gateway.yaml')]);
  return {
    shell,
    port,
    gateway,
    client: (name) => {
      const of = (kind: string): string => shell.text(`.countersign/${name}.${kind}`);
      const socket = tls.connect({
        host: '127.0.0.1',
        port,
        servername: 'localhost',
        ca: shell.text('.countersign/ca.crt'),
        ...(name === null ? {} : { cert: of('crt'), key: of('key') }),
      });
      socket.allowHalfOpen = true;
      socket.on('error', () => {});
      t.after(() => socket.destroy());
      return socket;
    },
  };
}

async function service(
  t: TestContext,
  serve: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly server: Server; readonly count: () => number }> {
  let connections = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections++;
    socket.on('error', () => {});
    t.after(() => socket.destroy());
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, server, count: () => connections };
}

async function all(socket: tls.TLSSocket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => parts.push(bytes));
  await new Promise((resolve) => {
    socket.once('end', resolve);
    socket.once('close', resolve);
  });
  socket.end();
  return Buffer.concat(parts);
}

describe('a tls listener', () => {
  test('carries bytes both ways, and each direction ends by itself', async (t) => {
    const { port } = await service(t, (socket) => {
      socket.on('data', (bytes) => socket.write(bytes));
      socket.on('end', () => socket.end('after the end'));
    });
    const { client } = await front(t, `tcp://127.0.0.1:${port}`);
    const socket = client('alice');
    const received = all(socket);
    socket.end('hello ');
    assert.equal(String(await received), 'hello after the end');
  });

  test('who is refused reaches nothing', async (t) => {
    const { port, count } = await service(t, (socket) => socket.end('secret'));
    const { client, gateway } = await front(t, `tcp://127.0.0.1:${port}`);
    for (const name of [null, 'bob']) assert.equal(String(await all(client(name))), '');
    await gateway.waitForLog((line) => line['cause'] === 'no-user-matches');
    await gateway.waitForLog((line) => line['cause'] === 'no-certificate');
    assert.equal(count(), 0);
    assert.equal(String(await all(client('alice'))), 'secret');
  });

  test('64 MiB go through a slow reader unharmed', async (t) => {
    const digest = createHash('sha256');
    const done = Promise.withResolvers<string>();
    const { port } = await service(t, (socket) => {
      socket.on('data', (bytes: Buffer) => {
        digest.update(bytes);
        socket.pause();
        setImmediate(() => socket.resume());
      });
      socket.on('end', () => {
        done.resolve(digest.digest('hex'));
        socket.end();
      });
    });
    const { client } = await front(t, `tcp://127.0.0.1:${port}`);
    const socket = client('alice');
    const expected = createHash('sha256');
    const piece = Buffer.alloc(1 << 20);
    for (let i = 0; i < 64; i++) {
      piece.fill(i);
      expected.update(piece);
      if (!socket.write(Buffer.from(piece))) await once(socket, 'drain');
    }
    socket.end();
    assert.equal(await done.promise, expected.digest('hex'));
  });

  test('tells the upstream by the PROXY protocol who the client is', async (t) => {
    const head = Promise.withResolvers<Buffer>();
    const { port } = await service(t, (socket) => {
      socket.once('data', (bytes: Buffer) => head.resolve(bytes));
      socket.on('end', () => socket.end());
    });
    const { client } = await front(t, `tcp://127.0.0.1:${port}`, '    proxy_protocol: true');
    const socket = client('alice');
    await once(socket, 'secureConnect');
    const bytes = await head.promise;
    assert.equal(bytes.subarray(0, 12).toString('latin1'), '\r\n\r\n\0\r\nQUIT\n');
    assert.deepEqual([bytes[12], bytes[13]], [0x21, 0x11]);
    assert.equal(bytes.readUInt16BE(14), bytes.length - 16);
    assert.deepEqual([...bytes.subarray(16, 24)], [127, 0, 0, 1, 127, 0, 0, 1]);
    assert.equal(bytes.readUInt16BE(24), socket.localPort);
    const values = tlvs(bytes.subarray(28));
    assert.equal(String(values.get(0x02)), 'localhost');
    assert.equal(String(values.get(0xe0)), 'alice@example.com');
    const ssl = values.get(0x20) ?? Buffer.alloc(0);
    assert.deepEqual([ssl[0], ssl.readUInt32BE(1)], [7, 0]);
    const inner = tlvs(ssl.subarray(5));
    assert.equal(String(inner.get(0x21)), 'TLSv1.3');
    assert.equal(String(inner.get(0x22)), 'alice');
    socket.destroy();
  });

  test('an upstream that is not there costs the connection, and says so in the log', async (t) => {
    const { client, gateway } = await front(t, `tcp://127.0.0.1:${await freePort()}`);
    assert.equal(String(await all(client('alice'))), '');
    const line = await gateway.waitForLog(({ event }) => event === 'upstream-failed');
    assert.equal(line['code'], 'refused');
  });

  test('reaches its upstream by mutual TLS, and checks who that is', async (t) => {
    const { shell, ...rest } = await front(t, 'tcp://127.0.0.1:1');
    await rest.gateway.stop();
    const server = tls.createServer(
      {
        cert: shell.text('.countersign/localhost.crt'),
        key: shell.text('.countersign/localhost.key'),
        ca: shell.text('.countersign/ca.crt'),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (socket) => socket.end(`hello ${String(socket.getPeerCertificate().subject.CN)}`),
    );
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const config = shell.text('gateway.yaml').replace(/upstream: .*/, 'upstream: inner');
    const upstream = (name: string): string => `
upstreams:
  inner:
    url: tls://127.0.0.1:${port}
    tls: { ca_file: .countersign/ca.crt, cert_file: .countersign/bob.crt, key_file: .countersign/bob.key, server_name: ${name} }
`;
    shell.write('gateway.yaml', config + upstream('localhost'));
    const good = await startGateway(t, ['run', shell.path('gateway.yaml')]);
    assert.equal(String(await all(rest.client('alice'))), 'hello bob');
    await good.stop();
    shell.write('gateway.yaml', config + upstream('other.example'));
    await startGateway(t, ['run', shell.path('gateway.yaml')]);
    assert.equal(String(await all(rest.client('alice'))), '');
  });

  test('a connection on which nothing moves ends after its time, another goes on', async (t) => {
    const { port } = await service(t, (socket) =>
      socket.on('data', (bytes) => socket.write(bytes)),
    );
    const { client } = await front(t, `tcp://127.0.0.1:${port}`, '    limits: { idle: 1s }');
    const [quiet, busy] = [client('alice'), client('alice')];
    await Promise.all([once(quiet, 'secureConnect'), once(busy, 'secureConnect')]);
    const talk = setInterval(() => busy.write('x'), 100);
    quiet.write('x');
    await all(quiet);
    const more = once(busy, 'data');
    await more;
    assert.equal(busy.destroyed, false);
    clearInterval(talk);
    busy.destroy();
  });

  test('by flags: proxy --to tcp:', async (t) => {
    const { port } = await service(t, (socket) => socket.end('hello'));
    const made = await front(t, `tcp://127.0.0.1:${port}`);
    await made.gateway.stop();
    const at = (file: string): string => made.shell.path('.countersign', file);
    const listening = ['--listen', `127.0.0.1:${made.port}`, '--to', `tcp://127.0.0.1:${port}`];
    const own = ['--tlscert', at('localhost.crt'), '--tlskey', at('localhost.key')];
    const clients = ['--tlscacert', at('ca.crt'), '--tlsverify'];
    await startGateway(t, ['proxy', ...listening, ...own, ...clients]);
    assert.equal(String(await all(made.client('bob'))), 'hello');
    assert.equal(String(await all(made.client(null))), '');
  });

  test('Redis behind it, with its own client', needs('redis-server', 'redis-cli'), async (t) => {
    const port = await freePort();
    const arguments_ = ['--port', String(port), '--save', '', '--bind', '127.0.0.1'];
    const redis = spawn(programPath('redis-server'), arguments_, { stdio: 'ignore' });
    t.after(() => redis.kill('SIGKILL'));
    const { shell, port: listening } = await front(t, `tcp://127.0.0.1:${port}`);
    const cli = (name: string, ...words: string[]): Promise<string> =>
      new Promise((resolve) => {
        const at = (file: string): string => shell.path('.countersign', file);
        const connection = ['-h', '127.0.0.1', '-p', String(listening), '--tls'];
        const identity = ['--cert', at(`${name}.crt`), '--key', at(`${name}.key`)];
        const trust = ['--sni', 'localhost', '--cacert', at('ca.crt')];
        execFile(
          programPath('redis-cli'),
          [...connection, ...trust, ...identity, ...words],
          (_, stdout) => resolve(stdout),
        );
      });
    while ((await cli('alice', 'ping')) !== 'PONG\n') await sleep(50);
    assert.equal(await cli('alice', 'set', 'greeting', 'hello'), 'OK\n');
    assert.equal(await cli('alice', 'get', 'greeting'), 'hello\n');
    assert.notEqual(await cli('bob', 'get', 'greeting'), 'hello\n');
  });
});

function tlvs(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const end = at + 3 + bytes.readUInt16BE(at + 1);
    found.set(bytes[at], bytes.subarray(at + 3, end));
    at = end;
  }
  return found;
}
