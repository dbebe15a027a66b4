// Two programs that know nothing of TLS, each with a gateway beside it, and mutual TLS in between: each
// side has certificates of an authority of its own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import * as http from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { needs, programPath } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';

interface Pair {
  /** The authority of the calling side, with the configuration of its gateway. */
  readonly a: Shell;
  /** That of the called side. */
  readonly b: Shell;
  /** Where program A speaks to. */
  readonly port: number;
  readonly outbound: GatewayProcess;
  readonly inbound: GatewayProcess;
}

interface Settings {
  /** Which certificate the calling side shows. */
  readonly caller?: string;
  /** Which certificate the called side shows. */
  readonly called?: string;
  /** How the gateways speak with each other. */
  readonly scheme?: string;
}

async function pair(
  t: TestContext,
  { caller = 'app-a', called = 'app-b.example', scheme = 'https' }: Settings = {},
): Promise<Pair> {
  const a = await Shell.open(
    t,
    ['init', '--name', 'A'],
    ['issue', 'client', 'app-a', '--uri', 'spiffe://a.example/app-a'],
    ['issue', 'client', 'app-c', '--uri', 'spiffe://a.example/app-c'],
  );
  const b = await Shell.open(
    t,
    ['init', '--name', 'B'],
    ['issue', 'server', 'app-b.example'],
    ['issue', 'server', 'other.example'],
  );
  const service = http.createServer((request, response) => {
    response.end(JSON.stringify({ path: request.url, headers: request.headers }));
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  t.after(() => service.close());
  const [between, port] = [await freePort(), await freePort()];
  b.write(
    'gateway.yaml',
    `
listeners:
  - listen: 127.0.0.1:${between}
    tls:
      cert_file: .countersign/${called}.crt
      key_file: .countersign/${called}.key
      ca_file: ${a.path('.countersign/ca.crt')}
      verify_and_map: true
    routes:
      - { match: { path: /private/* }, allow: [], upstream: app }
      - { upstream: app }
authorization:
  users: [{ user: "spiffe://a.example/app-a" }]
upstreams:
  app: { url: "http://127.0.0.1:${(service.address() as AddressInfo).port}" }
workers: 1
`,
  );
  a.write(
    'gateway.yaml',
    `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: http
    upstream: app-b
upstreams:
  app-b:
    url: ${scheme}://127.0.0.1:${between}
    tls:
      ca_file: ${b.path('.countersign/ca.crt')}
      cert_file: .countersign/${caller}.crt
      key_file: .countersign/${caller}.key
      server_name: app-b.example
workers: 1
`,
  );
  const inbound = await startGateway(t, ['run', b.path('gateway.yaml')]);
  const outbound = await startGateway(t, ['run', a.path('gateway.yaml')]);
  return { a, b, port, outbound, inbound };
}

describe('service to service', () => {
  test('the called program knows the calling one by its certificate', async (t) => {
    const { port } = await pair(t);
    const response = await fetch(`http://127.0.0.1:${port}/greeting`, {
      headers: { 'x-client-user': 'root' },
    });
    const { path, headers } = (await response.json()) as {
      path: string;
      headers: Record<string, string>;
    };
    assert.equal(path, '/greeting');
    assert.equal(headers['x-client-user'], 'spiffe://a.example/app-a');
    assert.equal(headers['x-client-dn'], 'CN=app-a');
    assert.equal(headers['x-client-verify'], 'SUCCESS');
    assert.equal((await fetch(`http://127.0.0.1:${port}/private/x`)).status, 403);
  });

  test('a Python program with its own library', needs('python3'), async (t) => {
    const { port } = await pair(t);
    const program = `import urllib.request, json
answer = json.load(urllib.request.urlopen("http://127.0.0.1:${port}/from-python"))
print(answer["path"], answer["headers"]["x-client-user"])`;
    const { stdout } = await promisify(execFile)(programPath('python3'), ['-c', program]);
    assert.equal(stdout, '/from-python spiffe://a.example/app-a\n');
  });

  test('a caller that is nobody on the other side gets nowhere', async (t) => {
    const { port, inbound, outbound } = await pair(t, { caller: 'app-c' });
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 502);
    const refused = await inbound.waitForLog(({ outcome }) => outcome === 'refused');
    assert.equal(refused['cause'], 'no-user-matches');
    await outbound.waitForLog(({ event }) => event === 'upstream-failed');
  });

  test('a service of another name gets no request', async (t) => {
    const { port, outbound } = await pair(t, { called: 'other.example' });
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 502);
    const failed = await outbound.waitForLog(({ event }) => event === 'upstream-failed');
    assert.equal(failed['code'], 'host-mismatch');
  });

  test('one authority does not stand in for the other', async (t) => {
    const { a, b, port, outbound } = await pair(t);
    // A handshake that a reload overtakes would be taken over, with the certificate that it has shown.
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
    // A server certificate for the right name, of the callers' authority.
    assert.equal((await a.run('issue', 'server', 'app-b.example')).status, 0);
    for (const kind of ['crt', 'key']) {
      const file = `.countersign/app-b.example.${kind}`;
      b.write(file, a.text(file));
    }
    // Until the inbound gateway has read it.
    while ((await fetch(`http://127.0.0.1:${port}/`)).status === 200) await sleep(50);
    const failed = await outbound.waitForLog(({ event }) => event === 'upstream-failed');
    assert.ok(['unknown-issuer', 'missing-intermediate'].includes(String(failed['code'])));
  });
});

test('the certificate of the calling side rotates, and no request is dropped', async (t) => {
  const shell = await Shell.open(
    t,
    ['init'],
    ['issue', 'server', 'api.internal'],
    ['issue', 'client', 'app-a'],
  );
  const serials: string[] = [];
  const service = createHttps({
    cert: shell.text('.countersign/api.internal.crt'),
    key: shell.text('.countersign/api.internal.key'),
    ca: shell.text('.countersign/ca.crt'),
    requestCert: true,
    rejectUnauthorized: true,
  });
  service.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    serials.push((request.socket as TLSSocket).getPeerCertificate().serialNumber);
    // Requests are under way whenever the connections change.
    setTimeout(() => response.end('served'), 20);
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  t.after(() => service.close());
  const port = await freePort();
  shell.write(
    'gateway.yaml',
    `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: http
    upstream: api
upstreams:
  api:
    url: https://127.0.0.1:${(service.address() as AddressInfo).port}
    tls:
      ca_file: .countersign/ca.crt
      cert_file: .countersign/app-a.crt
      key_file: .countersign/app-a.key
      server_name: api.internal
workers: 2
`,
  );
  const gateway = await startGateway(t, ['run', shell.path('gateway.yaml')]);
  const failures: unknown[] = [];
  let isOver = false;
  let served = 0;
  const client = async (): Promise<void> => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    while (!isOver) {
      try {
        assert.equal(await ask(port, agent), 'served');
        served++;
      } catch (error) {
        failures.push(error);
      }
    }
    agent.destroy();
  };
  const clients = Array.from({ length: 8 }, () => client());
  const until = async (condition: () => boolean): Promise<void> => {
    for (let i = 0; i < 1500 && !condition(); i++) await sleep(20);
    assert.ok(condition());
  };
  await until(() => served >= 100);
  for (let round = 0; round < 2; round++) {
    const before = new Set(serials);
    assert.equal((await shell.run('renew', '.countersign/app-a.crt')).status, 0);
    await until(() => !before.has(serials.at(-1) ?? ''));
    const goal = served + 200;
    await until(() => served >= goal);
    // Nothing comes by the old connections any more.
    assert.equal(new Set(serials.slice(-50)).size, 1);
  }
  isOver = true;
  await Promise.all(clients);
  assert.deepEqual(failures, []);
  assert.equal(new Set(serials).size, 3);
  assert.equal(
    gateway.log.some(({ event }) => event === 'upstream-failed'),
    false,
  );
});

for (const scheme of ['https', 'h2']) {
  test(`the certificate of the called side rotates, and no request by ${scheme} is dropped`, async (t) => {
    const { b, port, inbound } = await pair(t, { scheme });
    const failures: unknown[] = [];
    let isOver = false;
    let served = 0;
    const client = async (): Promise<void> => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      while (!isOver) {
        const answer = await ask(port, agent, 'question').catch((error: unknown) => String(error));
        if (answer.startsWith('{"path":')) served++;
        else failures.push(answer);
      }
      agent.destroy();
    };
    const clients = Array.from({ length: 8 }, () => client());
    const until = async (condition: () => boolean): Promise<void> => {
      for (let i = 0; i < 1500 && !condition(); i++) await sleep(20);
      assert.ok(condition());
    };
    const reloads = (): number => inbound.log.filter(({ event }) => event === 'reloaded').length;
    await until(() => served >= 100);
    for (let round = 1; round <= 4; round++) {
      assert.equal((await b.run('renew', '.countersign/app-b.example.crt')).status, 0);
      await until(() => reloads() >= round);
      const goal = served + 100;
      await until(() => served >= goal);
    }
    isOver = true;
    await Promise.all(clients);
    assert.deepEqual(failures, []);
  });
}

/** A request with a body where one is given. */
function ask(port: number, agent: http.Agent, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const request = http.request({ host: '127.0.0.1', port, agent, method }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
