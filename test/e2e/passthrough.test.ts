// Connections that are handed on by their server name: the TLS is between the client and the service.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import * as tls from 'node:tls';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { Shell } from '../support/shell.ts';

interface Front {
  readonly shell: Shell;
  readonly port: number;
  readonly gateway: GatewayProcess;
  /** Closed before the gateway, which would wait for them. */
  readonly sockets: Socket[];
}

const LISTENER_TLS = `
    tls:
      cert_file: .countersign/gateway.example.crt
      key_file: .countersign/gateway.example.key
      ca_file: .countersign/ca.crt
      verify: true
    upstream: `;

/** A tls listener that hands on by `passthrough`; `terminated` is what it serves itself. */
async function front(
  t: TestContext,
  shell: Shell,
  passthrough: string,
  terminated = '',
): Promise<Front> {
  const port = await freePort();
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  shell.write(
    'gateway.yaml',
    `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: tls${terminated}
    passthrough: [${passthrough}]
workers: 1
`,
  );
  const gateway = await startGateway(t, ['run', shell.path('gateway.yaml')]);
  return { shell, port, gateway, sockets };
}

function openShell(t: TestContext): Promise<Shell> {
  return Shell.open(
    t,
    ['init'],
    ['issue', 'server', 'gateway.example'],
    ['issue', 'server', 'a.example', '*.b.example'],
    ['issue', 'client', 'alice'],
  );
}

/** A service with TLS of its own, which tells clients who they are. */
async function service(t: TestContext, shell: Shell): Promise<number> {
  const server = tls.createServer(
    {
      cert: shell.text('.countersign/a.example.crt'),
      key: shell.text('.countersign/a.example.key'),
      ca: shell.text('.countersign/ca.crt'),
      requestCert: true,
    },
    (socket) => {
      socket.on('error', () => {});
      socket.write(
        `${String(socket.servername)} ${String(socket.getPeerCertificate().subject?.CN)}`,
      );
      socket.pipe(socket);
    },
  );
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

function client({ shell, port, sockets }: Front, servername: string): tls.TLSSocket {
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    servername,
    ca: shell.text('.countersign/ca.crt'),
    cert: shell.text('.countersign/alice.crt'),
    key: shell.text('.countersign/alice.key'),
  });
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

async function firstWords(socket: tls.TLSSocket): Promise<string> {
  return String(((await once(socket, 'data')) as [Buffer])[0]);
}

describe('passthrough by server name', () => {
  test('the client speaks TLS with the service itself, which sees its certificate', async (t) => {
    const shell = await openShell(t);
    const api = await service(t, shell);
    const plain = createServer((socket) => socket.end('terminated'));
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    t.after(() => plain.close());
    const own = `${LISTENER_TLS}tcp://127.0.0.1:${(plain.address() as AddressInfo).port}`;
    const names = `{ snis: [a.example, "*.b.example"], upstream: "tcp://127.0.0.1:${api}" }`;
    const made = await front(t, shell, names, own);

    const passed = client(made, 'a.example');
    assert.equal(await firstWords(passed), 'a.example alice');
    assert.equal(passed.getPeerCertificate().subject.CN, 'a.example');
    const line = await made.gateway.waitForLog(({ event }) => event === 'passed-through');
    assert.deepEqual(
      [line['sni'], line['upstream'], line['remotePort']],
      ['a.example', `tcp://127.0.0.1:${api}`, passed.localPort],
    );
    passed.write('back');
    assert.equal(await firstWords(passed), 'back');
    assert.equal(await firstWords(client(made, 'X.B.example')), 'X.B.example alice');

    const served = client(made, 'gateway.example');
    assert.equal(await firstWords(served), 'terminated');
    assert.equal(served.getPeerCertificate().subject.CN, 'gateway.example');
    // One label more than the wildcard stands for: the listener's own certificate answers.
    const deep = client(made, 'x.y.b.example');
    const [error] = (await once(deep, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('a listener without certificates answers other names by alert', async (t) => {
    const shell = await openShell(t);
    const api = await service(t, shell);
    const made = await front(t, shell, `{ snis: [a.example], upstream: "tcp://127.0.0.1:${api}" }`);
    assert.equal(await firstWords(client(made, 'a.example')), 'a.example alice');
    const [error] = (await once(client(made, 'c.example'), 'error')) as [NodeJS.ErrnoException];
    assert.match(String(error.code), /UNRECOGNIZED_NAME/);
    const line = await made.gateway.waitForLog(({ outcome }) => outcome === 'refused');
    assert.equal(line['cause'], 'sni-unknown');
  });

  test('the ClientHello arrives byte for byte, after a PROXY header without TLS', async (t) => {
    const shell = await openShell(t);
    const chunks: Buffer[] = [];
    let length = 0;
    let wake = (): void => {};
    const raw = createServer((socket: Socket) => {
      socket.on('error', () => {});
      t.after(() => socket.destroy());
      socket.on('data', (bytes: Buffer) => {
        chunks.push(bytes);
        length += bytes.length;
        wake();
      });
    });
    raw.listen(0, '127.0.0.1');
    await once(raw, 'listening');
    t.after(() => raw.close());
    const to = `tcp://127.0.0.1:${(raw.address() as AddressInfo).port}`;
    const names = `{ snis: [a.example], upstream: "${to}" }`;
    const made = await front(t, shell, names, '\n    proxy_protocol: true');
    const hello = await helloFor('a.example');
    const socket = connect(made.port, '127.0.0.1');
    socket.setNoDelay(true);
    made.sockets.push(socket);
    await once(socket, 'connect');
    for (let at = 0; at < hello.length; at += 100) {
      socket.write(hello.subarray(at, at + 100));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    socket.write('and more');
    const tail = Buffer.concat([hello, Buffer.from('and more')]);
    // Addresses and ports, and the server name.
    const headerLength = 16 + 12 + 3 + 'a.example'.length;
    while (length < headerLength + tail.length) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const all = Buffer.concat(chunks);
    const header = all.subarray(0, headerLength);
    assert.equal(all.readUInt16BE(14), headerLength - 16);
    assert.ok(all.subarray(header.length).equals(tail));
    // The address, then one TLV: the server name as authority.
    assert.equal(header[16 + 12], 0x02);
    assert.equal(header.subarray(16 + 15).toString(), 'a.example');
  });

  test('a name that is handed on no more loses its connections by the reload', async (t) => {
    const shell = await openShell(t);
    const api = await service(t, shell);
    const to = (name: string): string => `{ snis: [${name}], upstream: "tcp://127.0.0.1:${api}" }`;
    const made = await front(t, shell, `${to('a.example')}, ${to('x.b.example')}`);
    const [gone, kept] = [client(made, 'a.example'), client(made, 'x.b.example')];
    await Promise.all([firstWords(gone), firstWords(kept)]);
    const closed = once(gone, 'close');
    shell.write('gateway.yaml', shell.text('gateway.yaml').replace(`${to('a.example')}, `, ''));
    await closed;
    kept.write('still here');
    assert.equal(await firstWords(kept), 'still here');
    const line = await made.gateway.waitForLog(({ event }) => event === 'reloaded');
    assert.equal(line['closed'], 1);
  });

  test('an upstream that is not there costs the connection, and says so', async (t) => {
    const shell = await openShell(t);
    const to = `tcp://127.0.0.1:${await freePort()}`;
    const made = await front(t, shell, `{ snis: [a.example], upstream: "${to}" }`);
    const socket = client(made, 'a.example');
    await new Promise((resolve) => socket.once('close', resolve));
    const line = await made.gateway.waitForLog(({ event }) => event === 'upstream-failed');
    assert.equal(line['code'], 'refused');
  });
});

/** What node sends first to a server of this name. */
async function helloFor(servername: string): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = tls.connect({ host: '127.0.0.1', port, servername });
  socket.on('error', () => {});
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(accepted, 'data')) as [Buffer];
  accepted.on('error', () => {});
  socket.destroy();
  accepted.destroy();
  server.close();
  return hello;
}
