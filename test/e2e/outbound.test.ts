// The outbound side: a program without TLS of its own speaks to a plain listener, and its traffic goes
// on by mutual TLS.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import * as tls from 'node:tls';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { Shell } from '../support/shell.ts';

interface Outbound {
  readonly shell: Shell;
  readonly port: number;
  readonly gateway: GatewayProcess;
}

/** The folder with an authority, `api.internal` for the service and `app-a` for the gateway in front of it. */
async function openShell(t: TestContext): Promise<Shell> {
  return Shell.open(
    t,
    ['init'],
    ['issue', 'server', 'api.internal', '127.0.0.1'],
    ['issue', 'client', 'app-a', '--uri', 'spiffe://example.org/app-a'],
  );
}

/** A plain listener whose upstream `api` is at `url`; `more` are further keys of the listener. */
async function outbound(
  t: TestContext,
  shell: Shell,
  protocol: 'http' | 'tcp',
  url: string,
  more = '    upstream: api',
  tlsKeys = 'server_name: api.internal',
): Promise<Outbound> {
  const port = await freePort();
  shell.write('out.yaml', configuration(`127.0.0.1:${port}`, protocol, url, more, tlsKeys));
  const gateway = await startGateway(t, ['run', shell.path('out.yaml')]);
  return { shell, port, gateway };
}

function configuration(
  listen: string,
  protocol: string,
  url: string,
  more: string,
  tlsKeys = 'server_name: api.internal',
): string {
  return `
listeners:
  - listen: ${listen}
    protocol: ${protocol}
${more}
upstreams:
  api:
    url: ${url}
    tls:
      ca_file: .countersign/ca.crt
      cert_file: .countersign/app-a.crt
      key_file: .countersign/app-a.key
      ${tlsKeys}
workers: 1
`;
}

/** The service's own TLS, by node: it asks for a certificate of the authority. */
function serverTls(shell: Shell, name = 'api.internal'): tls.TlsOptions {
  return {
    cert: shell.text(`.countersign/${name}.crt`),
    key: shell.text(`.countersign/${name}.key`),
    ca: shell.text('.countersign/ca.crt'),
    requestCert: true,
    rejectUnauthorized: true,
  };
}

async function bind(t: TestContext, server: tls.Server | http2.Http2SecureServer): Promise<number> {
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket: tls.TLSSocket) => {
    socket.on('error', () => {});
    t.after(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Answers with the head that it got and the client's common name. */
async function service(t: TestContext, shell: Shell): Promise<number> {
  const { createServer } = await import('node:https');
  const server = createServer(serverTls(shell), (request, response) => {
    const { CN } = (request.socket as tls.TLSSocket).getPeerCertificate().subject;
    response.end(JSON.stringify({ path: request.url, headers: request.headers, by: CN }));
  });
  server.on('upgrade', (request, socket) => {
    const key = String(request.headers['sec-websocket-key']);
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
    );
    socket.on('data', (bytes: Buffer) => socket.write(bytes));
    socket.on('error', () => {});
  });
  return bind(t, server);
}

interface Told {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly by: string;
}

async function get(url: string, headers: Record<string, string> = {}): Promise<Told> {
  const response = await fetch(url, { headers });
  assert.equal(response.status, 200);
  return (await response.json()) as Told;
}

describe('an http listener', () => {
  test('sends on by mutual TLS, and nothing that its clients say of themselves', async (t) => {
    const shell = await openShell(t);
    const api = await service(t, shell);
    const { port } = await outbound(t, shell, 'http', `https://127.0.0.1:${api}`);
    const told = await get(`http://127.0.0.1:${port}/a?b=c`, {
      'x-client-user': 'root',
      'x-client-verify': 'SUCCESS',
      'x-forwarded-for': '203.0.113.9',
      'x-kept': 'yes',
    });
    assert.equal(told.by, 'app-a');
    assert.equal(told.path, '/a?b=c');
    assert.equal(told.headers['x-kept'], 'yes');
    assert.equal(told.headers['x-client-user'], undefined);
    assert.equal(told.headers['x-client-verify'], 'NONE');
    assert.equal(told.headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(told.headers['x-forwarded-proto'], 'http');
  });

  test('takes HTTP/2 with prior knowledge, a preface in pieces, and WebSocket', async (t) => {
    const shell = await openShell(t);
    const api = await service(t, shell);
    const { port } = await outbound(t, shell, 'http', `https://127.0.0.1:${api}`);

    const session = http2.connect(`http://127.0.0.1:${port}`);
    const stream = session.request({ ':path': '/two' });
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    assert.equal((JSON.parse(text) as Told).path, '/two');

    const pieces = connect(port, '127.0.0.1');
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
    for (const piece of [preface.slice(0, 3), preface.slice(3, 20), preface.slice(20)]) {
      await new Promise((resolve) => pieces.write(piece, resolve));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    pieces.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    const [settings] = (await once(pieces, 'data')) as [Buffer];
    assert.equal(settings[3], 4);

    const key = randomBytes(16).toString('base64');
    const upgrade = http.get({
      port,
      host: '127.0.0.1',
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': key,
        'sec-websocket-version': '13',
      },
    });
    const [response, socket] = (await once(upgrade, 'upgrade')) as [
      http.IncomingMessage,
      import('node:stream').Duplex,
    ];
    assert.equal(response.statusCode, 101);
    socket.write('to and fro');
    assert.equal(String(((await once(socket, 'data')) as [Buffer])[0]), 'to and fro');
    // A tunnel would hold up the gateway's end.
    socket.destroy();
    pieces.destroy();
    session.destroy();
  });

  test('sends the host that the upstream goes by, where it is told to', async (t) => {
    const shell = await openShell(t);
    const api = await service(t, shell);
    const more = `
    routes:
      - { match: { path: /own }, upstream: api }
      - { upstream: api, upstream_host: "api.internal:8443", headers: { X-Added: "1" } }`;
    const { port } = await outbound(t, shell, 'http', `https://127.0.0.1:${api}`, more);
    const url = `http://127.0.0.1:${port}`;
    assert.equal((await get(`${url}/own`)).headers['host'], `127.0.0.1:${port}`);
    const { headers } = await get(`${url}/other`);
    assert.equal(headers['host'], 'api.internal:8443');
    assert.equal(headers['x-forwarded-host'], `127.0.0.1:${port}`);
    assert.equal(headers['x-added'], '1');
  });

  test('is as strict with HTTP/1.1 as an https listener', async (t) => {
    const shell = await openShell(t);
    const api = await service(t, shell);
    const { port } = await outbound(t, shell, 'http', `https://127.0.0.1:${api}`);
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    socket.write(
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    assert.match(String(bytes), /^HTTP\/1\.1 400 /);
  });

  test('has routes, and listens on a unix socket', async (t) => {
    const shell = await openShell(t);
    const api = await service(t, shell);
    const path = shell.path('out.sock');
    const more = `
    routes:
      - { match: { path: /api/* }, upstream: api }
      - { match: { path: /health }, respond: { body: well } }`;
    shell.write(
      'out.yaml',
      configuration(`unix:${path}`, 'http', `https://127.0.0.1:${api}`, more),
    );
    await startGateway(t, ['run', shell.path('out.yaml')]);
    const curl = async (url: string): Promise<string> => {
      const { stdout } = await promisify(execFile)('curl', ['-s', '--unix-socket', path, url]);
      return stdout;
    };
    assert.equal(await curl('http://api/health'), 'well');
    assert.equal((JSON.parse(await curl('http://api/api/x')) as Told).by, 'app-a');
    assert.match(await curl('http://api/else'), /no route/);
  });
});

describe('a tcp listener', () => {
  test('carries bytes to a service of mutual TLS and back', async (t) => {
    const shell = await openShell(t);
    const server = tls.createServer(serverTls(shell), (socket) => {
      socket.write(`hello ${String(socket.getPeerCertificate().subject.CN)}\n`);
      socket.pipe(socket);
    });
    const api = await bind(t, server);
    const { port } = await outbound(t, shell, 'tcp', `tls://127.0.0.1:${api}`);
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
    socket.end('question');
    await once(socket, 'end');
    assert.equal(text, 'hello app-a\nquestion');
  });
});

describe('an upstream that is not who it should be', () => {
  test('costs a request 502, with the finding in the log and in the metrics', async (t) => {
    const shell = await openShell(t);
    const api = await service(t, shell);
    const admin = await freePort();
    const { port, gateway } = await outbound(
      t,
      shell,
      'http',
      `https://127.0.0.1:${api}`,
      `    upstream: api\nadmin: { listen: 127.0.0.1:${admin} }`,
      'allow_peers: [spiffe://example.org/api, CN=api]',
    );
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(response.status, 502);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
    const { handshakeId } = (await response.json()) as { handshakeId: string };
    const line = await gateway.waitForLog(({ event }) => event === 'upstream-failed');
    assert.deepEqual(
      [line['code'], line['upstream'], line['id']],
      ['peer-not-allowed', 'api', handshakeId],
    );
    assert.match(String(line['detail']), /CN=api\.internal \(.*DNS:api\.internal.*\) is none of/);
    const metrics = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
    assert.match(
      metrics,
      /^countersign_upstream_failures_total\{upstream="api",cause="peer-not-allowed"\} 1$/m,
    );
    assert.match(
      metrics,
      /^countersign_certificate_expiry_days\{certificate="upstream api"\} \d+/m,
    );
  });

  test('is told by what is wrong with it', async (t) => {
    const shell = await openShell(t);
    const other = await Shell.open(t, ['init'], ['issue', 'server', 'api.internal']);
    for (const [tlsOf, tlsKeys, code] of [
      [other, 'server_name: api.internal', 'unknown-issuer'],
      [shell, 'server_name: db.internal', 'host-mismatch'],
      [shell, `pinned_certs: ["${'0'.repeat(64)}"]`, 'pin-mismatch'],
    ] as const) {
      const api = await service(t, tlsOf);
      const made = await outbound(t, shell, 'http', `https://127.0.0.1:${api}`, undefined, tlsKeys);
      assert.equal((await fetch(`http://127.0.0.1:${made.port}/`)).status, 502);
      const line = await made.gateway.waitForLog(({ event }) => event === 'upstream-failed');
      assert.equal(line['code'], code);
      await made.gateway.stop();
    }
  });

  test('gets no byte of a tcp client, whose connection is closed', async (t) => {
    const shell = await openShell(t);
    let received = 0;
    const server = tls.createServer(serverTls(shell), (socket) => {
      socket.on('data', (bytes: Buffer) => (received += bytes.length));
    });
    const api = await bind(t, server);
    const { port, gateway } = await outbound(
      t,
      shell,
      'tcp',
      `tls://127.0.0.1:${api}`,
      undefined,
      'allow_peers: [db.internal]',
    );
    const socket = connect(port, '127.0.0.1');
    socket.write('secret');
    socket.resume();
    await once(socket, 'end');
    socket.destroy();
    const line = await gateway.waitForLog(({ event }) => event === 'upstream-failed');
    assert.equal(line['code'], 'peer-not-allowed');
    assert.equal(received, 0);
  });
});

describe('a configuration of the outbound side', () => {
  const refused = async (t: TestContext, listener: string): Promise<string> => {
    const shell = await Shell.open(t);
    const config = `listeners:\n  - ${listener}\nauthorization: { users: [{ user: a }] }\n`;
    shell.write('c.yaml', config);
    const { status, stdout, stderr } = await shell.run('check', 'c.yaml');
    assert.equal(status, 1, stdout);
    return stdout + stderr;
  };

  test('is refused where other machines could act with the certificate', async (t) => {
    for (const listen of [':9000', '0.0.0.0:9000', '10.0.0.1:9000', '"[::]:9000"']) {
      const said = await refused(t, `{ listen: ${listen}, protocol: http, upstream: "echo:" }`);
      assert.match(said, /can be reached by other machines/);
    }
    const shell = await Shell.open(t);
    const listener = `{ listen: ":9000", protocol: http, exposed: true, upstream: "echo:" }`;
    shell.write('c.yaml', `listeners: [${listener}]`);
    assert.equal((await shell.run('check', 'c.yaml')).status, 0);
  });

  test('is refused where it asks clients for what they can not have', async (t) => {
    const base = 'listen: 127.0.0.1:9000, protocol: http';
    const route = `routes: [{ allow: [a], upstream: "http://127.0.0.1:1" }]`;
    assert.match(await refused(t, `{ ${base}, ${route} }`), /nobody could use the route/);
    assert.match(
      await refused(t, `{ ${base}, tls: { verify: true }, upstream: "echo:" }`),
      /which is plain/,
    );
    assert.match(
      await refused(t, `{ ${base}, upstream: "http://127.0.0.1:1", forward: [xfcc] }`),
      /no certificate that could be forwarded/,
    );
  });
});
