// gRPC behind mutual TLS, with grpc-js on both sides: calls of every kind, who the caller is, and what a
// refused one sees.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientDuplexStream, credentials, ServerCredentials, status } from '@grpc/grpc-js';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import {
  GrpcClient,
  type GrpcService,
  type Message,
  startGrpcService,
} from '../support/grpc-service.ts';
import { needs } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';

interface Front {
  readonly shell: Shell;
  readonly port: number;
  readonly gateway: GatewayProcess;
  readonly client: (name: string) => GrpcClient;
}

async function openShell(t: TestContext): Promise<Shell> {
  return Shell.open(
    t,
    ['init'],
    ['issue', 'server', 'localhost'],
    ['issue', 'server', 'chat.internal'],
    ['issue', 'client', 'alice', '--email', 'alice@example.com'],
    ['issue', 'client', 'bob', '--email', 'bob@example.com'],
    ['issue', 'client', 'carol'],
    ['issue', 'client', 'gateway'],
  );
}

interface Settings {
  readonly routes?: string;
  readonly tls?: string;
  readonly limits?: string;
  readonly rest?: string;
}

/** An https listener in front of `upstream`. */
async function front(
  t: TestContext,
  shell: Shell,
  upstream: string,
  { routes = '[{ upstream: chat }]', tls = '', limits = '{}', rest = '' }: Settings = {},
): Promise<Front> {
  const port = await freePort();
  const clients: GrpcClient[] = [];
  // Before the gateway, which would wait for them.
  t.after(() => {
    for (const client of clients) client.close();
  });
  shell.write(
    'gateway.yaml',
    `
listeners:
  - listen: 127.0.0.1:${port}
    tls:
      cert_file: .countersign/localhost.crt
      key_file: .countersign/localhost.key
      ca_file: .countersign/ca.crt
      verify_and_map: true
      ${tls}
    limits: ${limits}
    routes: ${routes}
authorization:
  users: [{ user: alice@example.com }, { user: bob@example.com }]
upstreams:
  chat: { url: "${upstream}"${rest} }
workers: 1
`,
  );
  const gateway = await startGateway(t, ['run', shell.path('gateway.yaml')]);
  const of = (file: string): Buffer => Buffer.from(shell.text(`.countersign/${file}`));
  const client = (name: string): GrpcClient => {
    const secure = credentials.createSsl(of('ca.crt'), of(`${name}.key`), of(`${name}.crt`));
    const made = new GrpcClient(`127.0.0.1:${port}`, secure, {
      'grpc.ssl_target_name_override': 'localhost',
    });
    clients.push(made);
    return made;
  };
  return { shell, port, gateway, client };
}

/** Every kind of call, once. */
async function everyKind(client: GrpcClient): Promise<void> {
  const { answer, trailers } = await client.unary('/test.Chat/Say', { text: 'hello' });
  assert.equal(answer['said'], 'hello');
  assert.equal(trailers['x-done'], 'yes');
  assert.deepEqual(await client.sum([1, 2, 3]), { total: 6 });
  const counted: unknown[] = [];
  for await (const message of client.count(1000)) counted.push((message as Message)['n']);
  assert.equal(counted.length, 1000);
  assert.equal(counted.at(-1), 1000);
  const talk = client.talk();
  for (const text of ['a', 'b']) {
    talk.write({ text });
    assert.deepEqual(await next(talk), { heard: text });
  }
  talk.end();
  talk.resume();
  const [end] = (await once(talk, 'status')) as [{ code: number }];
  assert.equal(end.code, status.OK);
}

async function next(talk: ClientDuplexStream<Message, Message>): Promise<Message> {
  return ((await once(talk, 'data')) as [Message])[0];
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await sleep(20);
  assert.ok(condition());
}

describe('gRPC', () => {
  test('calls of every kind pass, with the caller in their metadata', async (t) => {
    const service = await startGrpcService(t);
    const { client } = await front(t, await openShell(t), `h2c://127.0.0.1:${service.port}`);
    const alice = client('alice');
    await everyKind(alice);
    const { answer } = await alice.unary(
      '/test.Chat/Say',
      { text: 'x' },
      { 'x-client-user': 'root', 'x-kept': 'yes' },
    );
    const metadata = answer['metadata'] as Record<string, string>;
    assert.equal(metadata['x-client-user'], 'alice@example.com');
    assert.equal(metadata['x-client-dn'], 'CN=alice');
    assert.equal(metadata['x-client-verify'], 'SUCCESS');
    assert.equal(metadata['x-kept'], 'yes');
    // A status of the service itself is its own affair.
    await assert.rejects(alice.unary('/test.Chat/Say', { fail: true }), {
      code: status.FAILED_PRECONDITION,
      details: 'asked to fail: ü',
    });
    assert.equal(await alice.status('/test.Chat/Unknown'), status.UNIMPLEMENTED);
  });

  test('the service behind may speak mutual TLS', async (t) => {
    const shell = await openShell(t);
    const of = (file: string): Buffer => Buffer.from(shell.text(`.countersign/${file}`));
    const pair = { private_key: of('chat.internal.key'), cert_chain: of('chat.internal.crt') };
    const secure = ServerCredentials.createSsl(of('ca.crt'), [pair], true);
    const service = await startGrpcService(t, secure);
    const at = (file: string): string => shell.path('.countersign', file);
    const { client } = await front(t, shell, `h2://127.0.0.1:${service.port}`, {
      rest: `, tls: { ca_file: ${at('ca.crt')}, cert_file: ${at('gateway.crt')}, key_file: ${at('gateway.key')}, allow_peers: [chat.internal] }`,
    });
    await everyKind(client('alice'));
  });

  test('deadlines and cancellation reach the service', async (t) => {
    const service = await startGrpcService(t);
    const { client } = await front(t, await openShell(t), `h2c://127.0.0.1:${service.port}`);
    const alice = client('alice');
    assert.equal(
      await alice.status('/test.Chat/Wait', {}, { deadline: Date.now() + 500 }),
      status.DEADLINE_EXCEEDED,
    );
    await until(() => service.cancelled() === 1);
    const talk = alice.talk();
    talk.on('error', () => {});
    talk.write({ text: 'a' });
    await next(talk);
    talk.cancel();
    await until(() => service.cancelled() === 2 && service.talking() === 0);
    assert.equal(await alice.status('/test.Chat/Say'), status.OK);
  });

  test('a stream may be silent for longer than requests are given', async (t) => {
    const service = await startGrpcService(t);
    const { client } = await front(t, await openShell(t), `h2c://127.0.0.1:${service.port}`, {
      limits: '{ stall_timeout: 1s, response_timeout: 1s }',
    });
    const talk = client('alice').talk();
    talk.write({ text: 'late', after: 2500 });
    assert.deepEqual(await next(talk), { heard: 'late' });
    talk.cancel();
    talk.on('error', () => {});
  });

  test('a service may end a stream before its client does', async (t) => {
    const service = await startGrpcService(t);
    const { client } = await front(t, await openShell(t), `h2c://127.0.0.1:${service.port}`);
    const alice = client('alice');
    for (let i = 0; i < 20; i++) {
      const talk = alice.talk();
      const failed = once(talk, 'error');
      talk.write({ quit: true });
      talk.resume();
      const [error] = (await failed) as [{ code: number; details: string }];
      assert.deepEqual([error.code, error.details], [status.ABORTED, 'enough']);
    }
  });

  test('programs without TLS on both sides, with a gateway beside each', async (t) => {
    const service = await startGrpcService(t);
    const shell = await openShell(t);
    const inbound = await front(t, shell, `h2c://127.0.0.1:${service.port}`);
    const at = (file: string): string => shell.path('.countersign', file);
    const port = await freePort();
    const own = new GrpcClient(`127.0.0.1:${port}`);
    t.after(() => own.close());
    shell.write(
      'outbound.yaml',
      `
listeners:
  - { listen: 127.0.0.1:${port}, protocol: http, upstream: chat, limits: { streams: 1000 } }
upstreams:
  chat:
    url: h2://127.0.0.1:${inbound.port}
    tls: { ca_file: ${at('ca.crt')}, cert_file: ${at('alice.crt')}, key_file: ${at('alice.key')}, server_name: localhost }
workers: 1
state: { dir: outbound }
`,
    );
    const outbound = await startGateway(t, ['run', shell.path('outbound.yaml')]);
    await everyKind(own);
    const { answer } = await own.unary('/test.Chat/Say', {}, { 'x-client-user': 'root' });
    const metadata = answer['metadata'] as Record<string, string>;
    assert.equal(metadata['x-client-user'], 'alice@example.com');
    await inbound.gateway.stop();
    assert.equal(await own.status('/test.Chat/Say'), status.UNAVAILABLE);
    const failed = await outbound.waitForLog(({ event }) => event === 'upstream-failed');
    assert.equal(failed['upstream'], 'chat');
  });

  test('a stream outlives the renewal of the certificate that it was opened with', async (t) => {
    const shell = await openShell(t);
    const of = (file: string): Buffer => Buffer.from(shell.text(`.countersign/${file}`));
    const pair = { private_key: of('chat.internal.key'), cert_chain: of('chat.internal.crt') };
    const secure = ServerCredentials.createSsl(of('ca.crt'), [pair], true);
    const service = await startGrpcService(t, secure);
    const port = await freePort();
    const own = new GrpcClient(`127.0.0.1:${port}`);
    t.after(() => own.close());
    shell.write(
      'outbound.yaml',
      `
listeners: [{ listen: 127.0.0.1:${port}, protocol: http, upstream: chat }]
upstreams:
  chat:
    url: h2://127.0.0.1:${service.port}
    tls: { ca_file: .countersign/ca.crt, cert_file: .countersign/alice.crt, key_file: .countersign/alice.key, server_name: chat.internal }
workers: 1
`,
    );
    const gateway = await startGateway(t, ['run', shell.path('outbound.yaml')]);
    const talk = own.talk();
    talk.write({ text: 'before' });
    await next(talk);
    assert.equal((await shell.run('renew', '.countersign/alice.crt')).status, 0);
    await gateway.waitForLog(({ event }) => event === 'reloaded');
    for (let i = 0; i < 20; i++) {
      assert.equal(await own.status('/test.Chat/Say'), status.OK);
      talk.write({ text: i });
      assert.deepEqual(await next(talk), { heard: i });
    }
    talk.end();
    talk.resume();
    const [end] = (await once(talk, 'status')) as [{ code: number }];
    assert.equal(end.code, status.OK);
  });

  test('a service that dies in a call is unavailable', async (t) => {
    const service = await startGrpcService(t);
    const { client } = await front(t, await openShell(t), `h2c://127.0.0.1:${service.port}`);
    const talk = client('alice').talk();
    talk.write({ text: 'a' });
    await next(talk);
    const failed = once(talk, 'error');
    service.stop();
    const [error] = (await failed) as [{ code: number }];
    assert.equal(error.code, status.UNAVAILABLE);
  });
});

describe('a refused call of gRPC', () => {
  const routes = `
      - { match: { path: /test.Chat/Say }, allow: [alice@example.com], upstream: chat }
      - { match: { path: /test.Chat/Sum }, upstream: gone }
      - { match: { path: /test.Chat/* }, allow: [bob@example.com], upstream: chat }`;

  async function strict(t: TestContext, tls = ''): Promise<Front> {
    const service = await startGrpcService(t);
    const rest = ` }\n  gone: { url: "h2c://127.0.0.1:${await freePort()}"`;
    const upstream = `h2c://127.0.0.1:${service.port}`;
    return front(t, await openShell(t), upstream, { routes, tls, rest });
  }

  test('has a status for who may not, what is not there and what is down', async (t) => {
    const { client, gateway } = await strict(t);
    const [alice, bob] = [client('alice'), client('bob')];
    assert.equal(await alice.status('/test.Chat/Say'), status.OK);
    assert.equal(await bob.status('/test.Chat/Say'), status.PERMISSION_DENIED);
    assert.equal(await alice.status('/test.Chat/Talk'), status.PERMISSION_DENIED);
    assert.equal(await alice.status('/test.Other/Say'), status.UNIMPLEMENTED);
    await assert.rejects(alice.sum([1]), { code: status.UNAVAILABLE });
    const refused = await gateway.waitForLog(({ event }) => event === 'request-refused');
    assert.equal(refused['cause'], 'user-not-allowed');
    await assert.rejects(bob.unary('/test.Chat/Say', {}), ({ details }: { details: string }) =>
      details.includes(String(refused['id'])),
    );
  });

  test('is unauthenticated where the handshake let nobody in', async (t) => {
    const { client } = await strict(t, 'refusal: http');
    assert.equal(await client('carol').status('/test.Chat/Say'), status.UNAUTHENTICATED);
  });

  test('of HTTP stays a refusal of HTTP', needs('curl'), async (t) => {
    const { shell, port } = await strict(t);
    const at = (file: string): string => shell.path('.countersign', file);
    const own = ['--cacert', at('ca.crt'), '--cert', at('bob.crt'), '--key', at('bob.key')];
    const to = ['--connect-to', `localhost:${port}:127.0.0.1:${port}`, '-X', 'POST'];
    const url = `https://localhost:${port}/test.Chat/Say`;
    const plain = await curl([...own, ...to, '-H', 'Content-Type: application/json', url]);
    assert.equal(plain.status, 403);
    assert.match(plain.body, /"status":403/);
    const call = await curl([...own, ...to, '-i', '-H', 'Content-Type: application/grpc', url]);
    assert.equal(call.status, 200);
    assert.match(call.body, /^content-type: application\/grpc\r$/m);
    assert.match(call.body, /^grpc-status: 7\r$/m);
  });
});

describe('a thousand streams on one connection', () => {
  const connections = (gateway: GatewayProcess): number =>
    gateway.log.filter(({ event, outcome }) => event === 'handshake' && outcome === 'admitted')
      .length;

  test('are open at once where the listener allows as many', async (t) => {
    const service: GrpcService = await startGrpcService(t);
    const { client, gateway } = await front(
      t,
      await openShell(t),
      `h2c://127.0.0.1:${service.port}`,
      { limits: '{ streams: 1000 }' },
    );
    const alice = client('alice');
    await alice.status('/test.Chat/Say');
    const talks = Array.from({ length: 1000 }, () => alice.talk());
    const heard = await Promise.all(
      talks.map(async (talk, index) => {
        talk.on('error', () => {});
        talk.write({ text: index });
        return (await next(talk))['heard'];
      }),
    );
    assert.deepEqual(heard, [...talks.keys()]);
    assert.equal(service.talking(), 1000);
    assert.equal(connections(gateway), 1);
    // All at once, too; and the connection goes on.
    for (const talk of talks) talk.cancel();
    await until(() => service.talking() === 0);
    assert.equal(await alice.status('/test.Chat/Say'), status.OK);
    assert.equal(connections(gateway), 1);
  });

  test('wait for each other by default', async (t) => {
    const service = await startGrpcService(t);
    const { client, gateway } = await front(
      t,
      await openShell(t),
      `h2c://127.0.0.1:${service.port}`,
    );
    const alice = client('alice');
    const calls = Array.from({ length: 1000 }, () => alice.status('/test.Chat/Say'));
    assert.deepEqual(new Set(await Promise.all(calls)), new Set([status.OK]));
    assert.equal(connections(gateway), 1);
  });
});
