import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { NatsClient } from '../../../test/support/nats-client.ts';
import { type FrontSetup, NatsFront, ScriptedNats } from '../../../test/support/nats-front.ts';
import { needs } from '../../../test/support/programs.ts';
import type { NatsUserOptions } from './options.ts';

interface Pair {
  readonly front: NatsFront;
  readonly client: NatsClient;
  readonly upstream: NatsClient;
}

/** A client that is logged in, and the upstream's side of its connection. */
async function connected(t: TestContext, setup: Partial<FrontSetup> = {}): Promise<Pair> {
  const scripted = await ScriptedNats.start(t);
  const users = { 'derek@nats.io': {} };
  const front = await NatsFront.start(t, { upstreamPort: scripted.port, users, ...setup });
  const client = await front.client();
  const upstream = await scripted.next();
  client.send('CONNECT {"verbose":false,"protocol":1}\r\n');
  await upstream.read(/^CONNECT .*\r\n/);
  return { front, client, upstream };
}

function derek(user: Partial<NatsUserOptions>): Pick<FrontSetup, 'users'> {
  return { users: { 'derek@nats.io': user } };
}

const ALL = { allow: null, deny: [] };

function permits(change: Partial<NonNullable<NatsUserOptions['permissions']>>) {
  return derek({ permissions: { publish: ALL, subscribe: ALL, responses: null, ...change } });
}

describe('the way in', needs('openssl'), () => {
  test('INFO, TLS, and CONNECT as the user of the certificate', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const front = await NatsFront.start(t, { upstreamPort: scripted.port, ...derek({}) });
    const client = await front.client();
    assert.equal(client.info?.['tls_required'], true);
    assert.equal(client.info?.['tls_verify'], true);
    assert.equal(client.info?.['auth_required'], true);
    assert.equal(client.info?.['connect_urls'], undefined);
    const upstream = await scripted.next();
    client.send('CONNECT {"user":"admin","pass":"x","lang":"go"}\r\nPING\r\n');
    await upstream.read(/^CONNECT \{"lang":"go","user":"derek@nats.io"\}\r\nPING\r\n/);
    upstream.send('PONG\r\n');
    await client.read(/^PONG\r\n/);
    assert.deepEqual(front.events, ['admin is derek@nats.io']);
    assert.equal(front.records[0]?.user, 'derek@nats.io');
  });

  test('a certificate that is no user is told so, and never reaches the upstream', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const front = await NatsFront.start(t, { upstreamPort: scripted.port, ...derek({}) });
    const client = await front.client('stranger');
    client.send('CONNECT {"user":"derek@nats.io"}\r\nPUB foo 0\r\n\r\n');
    assert.equal(await client.end(), "-ERR 'Authorization Violation'\r\n");
    const upstream = await scripted.next();
    assert.equal(await upstream.end(), '');
    assert.equal(front.records[0]?.cause, 'no-user-matches');
  });

  test('a certificate of another CA is closed without a word', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const front = await NatsFront.start(t, { upstreamPort: scripted.port, ...derek({}) });
    const client = await front.client('forged');
    assert.equal(await client.end(), '');
    assert.equal(front.records[0]?.verification, 'FAILED:unknown-issuer');
  });

  test('a client that speaks plain NATS after INFO is closed', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const front = await NatsFront.start(t, { upstreamPort: scripted.port, ...derek({}) });
    const client = await front.client(null, 'plain');
    client.send('CONNECT {}\r\nPING\r\n');
    client.socket.resume();
    assert.equal(await client.end(), '');
    assert.deepEqual(
      [front.records[0]?.cause, front.records[0]?.detail],
      ['other-protocol', 'nats'],
    );
    assert.equal(await (await scripted.next()).end(), '');
  });

  test('a client that stalls is cut off, counted from when it came', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const setup = { upstreamPort: scripted.port, timeoutMs: 300, ...derek({}) };
    const front = await NatsFront.start(t, setup);
    const started = performance.now();
    const client = await front.client(null, 'plain');
    client.socket.resume();
    await client.end();
    const elapsed = performance.now() - started;
    assert.ok(elapsed >= 290, `${elapsed} ms`);
    assert.equal(front.records[0]?.cause, 'handshake-timeout');
    assert.equal(await (await scripted.next()).end(), '', 'the upstream is let go too');
  });

  test('TLS first: nothing reaches for the upstream before the client is admitted', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const setup = { upstreamPort: scripted.port, handshakeFirst: true, ...derek({}) };
    const front = await NatsFront.start(t, setup);
    const stranger = await front.client('stranger', 'tls-first');
    assert.match(
      await stranger.end(),
      /^INFO \{.*"tls_required":true.*\}\r\n-ERR 'Authorization Violation'\r\n$/,
    );
    assert.equal(scripted.unclaimed, 0);
    const client = await front.client('derek', 'tls-first');
    const [, info = ''] = await client.read(/^INFO (\{.*\})\r\n/);
    assert.equal((JSON.parse(info) as Record<string, unknown>)['tls_required'], true);
    client.send('CONNECT {}\r\n');
    await (await scripted.next()).read(/^CONNECT \{"user":"derek@nats.io"\}\r\n/);
  });

  test('a password is asked for where the user has one', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const setup = { upstreamPort: scripted.port, ...derek({ password: 'right' }) };
    const front = await NatsFront.start(t, setup);
    const wrong = await front.client();
    wrong.send('CONNECT {"pass":"wrong"}\r\nPING\r\n');
    assert.equal(await wrong.end(), "-ERR 'Authorization Violation'\r\n");
    assert.equal(await (await scripted.next()).end(), '');
    const right = await front.client();
    right.send('CONNECT {"user":"derek@nats.io","pass":"right"}\r\n');
    await (await scripted.next()).read(/^CONNECT \{"user":"derek@nats.io"\}\r\n/);
    assert.deepEqual(front.events, ['CONNECT: wrong password']);
  });

  test('without users a client answers for itself, before CONNECT and after', async (t) => {
    const scripted = await ScriptedNats.start(t, 'INFO {"nonce":"n","auth_required":true}\r\n');
    const front = await NatsFront.start(t, { upstreamPort: scripted.port });
    const client = await front.client();
    assert.equal(client.info?.['nonce'], 'n');
    const upstream = await scripted.next();
    client.send('PING\r\nCONNECT {"user":"own", "pass":"p"}\r\nPUB a 0\r\n\r\n');
    await upstream.read(/^PING\r\nCONNECT \{"user":"own", "pass":"p"\}\r\nPUB a 0\r\n\r\n/);
  });

  test('an upstream that is not there', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const front = await NatsFront.start(t, { upstreamPort: 1, ...derek({}) });
    await assert.rejects(front.client(), /closed before INFO/);
    assert.deepEqual(front.events, ['upstream refused']);
    assert.deepEqual(
      [front.records[0]?.cause, front.records[0]?.detail],
      ['no-upstream', 'refused'],
    );
    assert.equal(scripted.unclaimed, 0);
  });

  test('an upstream that is silent, none at all, or has no TLS though it must', async (t) => {
    for (const [info, event, tlsRule] of [
      [null, null, 'when-asked'],
      ['HTTP/1.1 400 Bad Request\r\n\r\n', 'upstream not-nats', 'when-asked'],
      ['INFO {x\r\n', 'upstream not-nats', 'when-asked'],
      ['INFO {}\r\n', 'upstream no-tls', 'required'],
      ['INFO {"tls_required":true}\r\nPING\r\n', 'upstream not-nats', 'when-asked'],
      ['INFO {"tls_required":true}\r\n', 'upstream tls-configuration', 'when-asked'],
    ] as const) {
      const scripted = await ScriptedNats.start(t, info);
      const setup = { upstreamPort: scripted.port, timeoutMs: 500, tlsRule, ...derek({}) };
      const front = await NatsFront.start(t, setup);
      await assert.rejects(front.client(), /closed before INFO/);
      assert.deepEqual(front.events, event === null ? [] : [event]);
      assert.equal(front.records[0]?.cause, 'no-upstream');
    }
  });

  test('an upstream that did not wait for the client is asked again', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const front = await NatsFront.start(t, { upstreamPort: scripted.port, ...derek({}) });
    const plain = await front.client(null, 'plain');
    const upstream = await scripted.next();
    upstream.send("-ERR 'Authentication Timeout'\r\n");
    upstream.socket.end();
    await upstream.end();
    plain.close();

    const [client, first] = await Promise.all([
      front.client(),
      scripted.next().then(async (connection) => {
        connection.send("-ERR 'Authentication Timeout'\r\n");
        return connection;
      }),
    ]);
    await first.end();
    await client.read(/^INFO .*\r\n/);
    client.send('CONNECT {}\r\n');
    await (await scripted.next()).read(/^CONNECT /);
  });

  test('a CONNECT that does not come', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const limits = { connectTimeoutMs: 200 };
    const front = await NatsFront.start(t, { upstreamPort: scripted.port, limits, ...derek({}) });
    const client = await front.client();
    assert.equal(await client.end(), "-ERR 'Authentication Timeout'\r\n");
  });

  test('credentials that the upstream refuses are told to the operator', async (t) => {
    const { front, client, upstream } = await connected(t);
    upstream.send("-ERR 'Authorization Violation'\r\n");
    upstream.socket.end();
    assert.equal(await client.end(), "-ERR 'Authorization Violation'\r\n");
    assert.deepEqual(front.events, ['upstream credentials']);
  });
});

describe('what a client sends', needs('openssl'), () => {
  test('a second CONNECT ends the connection', async (t) => {
    const { client, upstream } = await connected(t);
    client.send('PUB a 1\r\nx\r\nCONNECT {"user":"admin"}\r\nPUB b 0\r\n\r\n');
    assert.equal(await client.end(), "-ERR 'Authorization Violation'\r\n");
    assert.equal(await upstream.end(), 'PUB a 1\r\nx\r\n');
  });

  const faults: [name: string, sent: string, error: string | null][] = [
    ['another protocol', 'GET / HTTP/1.1\r\n\r\n', 'Unknown Protocol Operation'],
    ['another protocol, cut short', 'GET', 'Unknown Protocol Operation'],
    ['what only servers say', 'MSG a 1 0\r\n\r\n', 'Unknown Protocol Operation'],
    ['INFO', 'INFO {}\r\n', 'Unknown Protocol Operation'],
    ['an empty line', '\r\n', 'Unknown Protocol Operation'],
    ['a CR within a line', 'PUB a\r 0\r\n\r\n', 'Unknown Protocol Operation'],
    ['a message longer than it says', 'PUB a 1\r\nxx\r\n', 'Unknown Protocol Operation'],
    ['a message too large', 'PUB a 1025\r\n', 'Maximum Payload Violation'],
    ['a huge message', 'PUB a 999999999\r\n', 'Maximum Payload Violation'],
    ['a line too long', `SUB ${'a'.repeat(5000)} 1\r\n`, 'maximum control line exceeded'],
    ['a line without end', `SUB ${'a'.repeat(5000)}`, 'maximum control line exceeded'],
    ['a size that is none', 'PUB a -1\r\n', null],
    ['a size of ten digits', 'PUB a 0000000001\r\nx\r\n', null],
    ['too few words', 'PUB 1\r\n', null],
    ['too many words', 'SUB a b c d\r\n', null],
    ['headers larger than the message', 'HPUB a 5 1\r\nx\r\n', null],
    ['a name that is no operation', 'PUBLISH a 0\r\n\r\n', 'Unknown Protocol Operation'],
  ];
  test('what makes no sense ends its connection, in the words of nats-server', async (t) => {
    const { front, client: other, upstream: otherUpstream } = await connected(t);
    for (const [name, sent, error] of faults) {
      const client = await front.client();
      client.send(`CONNECT {}\r\nPUB before 0\r\n\r\n${sent}`);
      const said = error === null ? '' : `-ERR '${error}'\r\n`;
      assert.equal(await client.end(), said, name);
    }
    other.send('PUB still 0\r\n\r\n');
    await otherUpstream.read(/^PUB still 0\r\n\r\n$/);
  });

  test('operations before CONNECT', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const front = await NatsFront.start(t, { upstreamPort: scripted.port, ...derek({}) });
    const client = await front.client();
    client.send('PUB a 0\r\n\r\n');
    assert.equal(await client.end(), "-ERR 'Authorization Violation'\r\n");
    assert.equal(await (await scripted.next()).end(), '');
  });

  test('a CONNECT that is no JSON is closed without a word', async (t) => {
    const scripted = await ScriptedNats.start(t);
    const front = await NatsFront.start(t, { upstreamPort: scripted.port, ...derek({}) });
    const client = await front.client();
    client.send('CONNECT derek\r\n');
    assert.equal(await client.end(), '');
  });

  test('messages reach the upstream as they were sent, however they were cut', async (t) => {
    const { client, upstream } = await connected(t);
    const text = `pub a 3\r\nabc\r\nHPUB a r 12 13\r\nNATS/1.0\r\n\r\nx\r\nSUB a q 1\nUNSUB 1 5\r\n${'PUB a 5\r\nCONN\n\r\n'.repeat(50)}PING\r\n`;
    for (const byte of Buffer.from(text)) client.send(Buffer.of(byte));
    const [received] = await upstream.read(/^[^]*PING\r\n/);
    assert.equal(received, text);
  });
});

describe('permissions', needs('openssl'), () => {
  test('a refused message is left out, its sender told, and the connection stays', async (t) => {
    const { front, client, upstream } = await connected(
      t,
      permits({ publish: { allow: ['foo', 'bar.*'], deny: ['bar.no'] } }),
    );
    client.send('PUB foo 1\r\na\r\nPUB no 1\r\nb\r\nHPUB bar.no 12 13\r\nNATS/1.0\r\n\r\nc\r\n');
    client.send('PUB bar.x r 1\r\nd\r\nPUB foo 1\r\ne\r\nPUB fo"o 0\r\n\r\nPING\r\n');
    const [received] = await upstream.read(/^[^]*PING\r\n/);
    assert.equal(received, 'PUB foo 1\r\na\r\nPUB bar.x r 1\r\nd\r\nPUB foo 1\r\ne\r\nPING\r\n');
    upstream.send('PONG\r\n');
    const [said] = await client.read(/^[^]*PONG\r\n/);
    assert.equal(
      said,
      `-ERR 'Permissions Violation for Publish to "no"'\r\n-ERR 'Permissions Violation for Publish to "bar.no"'\r\n-ERR 'Permissions Violation for Publish to "fo\\"o"'\r\nPONG\r\n`,
    );
    assert.deepEqual(front.events, [
      'PUB: publish "no"',
      'PUB: publish "bar.no"',
      'PUB: publish "fo\\"o"',
    ]);
  });

  test('a refused subscription is left out, with its queue group in the error', async (t) => {
    const { client, upstream } = await connected(
      t,
      permits({ subscribe: { allow: ['foo', 'jobs w'], deny: [] } }),
    );
    client.send('SUB foo 1\r\nSUB bar 2\r\nSUB jobs w 3\r\nSUB jobs v 4\r\nPING\r\n');
    const [received] = await upstream.read(/^[^]*PING\r\n/);
    assert.equal(received, 'SUB foo 1\r\nSUB jobs w 3\r\nPING\r\n');
    assert.equal(
      (await client.read(/^(-ERR .*\r\n){2}/))[0],
      `-ERR 'Permissions Violation for Subscription to "bar"'\r\n-ERR 'Permissions Violation for Subscription to "jobs" using queue "v"'\r\n`,
    );
  });

  test('what is denied is not delivered to a wildcard either', async (t) => {
    const { client, upstream } = await connected(
      t,
      permits({ subscribe: { allow: null, deny: ['secret.>', 'a.*.x'] } }),
    );
    client.send('SUB > 1\r\n');
    await upstream.read(/^SUB > 1\r\n/);
    upstream.send(
      'MSG open 1 2\r\nhi\r\nMSG secret.a 1 4\r\nMSG \r\nHMSG a.b.x 1 12 12\r\nNATS/1.0\r\n\r\n\r\n',
    );
    upstream.send('HMSG a.b.y 1 r 12 12\r\nNATS/1.0\r\n\r\n\r\nPING\r\n');
    const [received] = await client.read(/^[^]*PING\r\n/);
    assert.equal(
      received,
      'MSG open 1 2\r\nhi\r\nHMSG a.b.y 1 r 12 12\r\nNATS/1.0\r\n\r\n\r\nPING\r\n',
    );
  });

  test('a message may be answered, once', async (t) => {
    const { client, upstream } = await connected(
      t,
      permits({ responses: { max: 1, expiresMs: 60_000 } }),
    );
    upstream.send('MSG foo 1 _INBOX.1 0\r\n\r\n');
    await client.read(/^MSG foo 1 _INBOX\.1 0\r\n\r\n/);
    client.send('PUB _INBOX.1 0\r\n\r\nPUB _INBOX.1 0\r\n\r\nPUB _INBOX.2 0\r\n\r\nPING\r\n');
    const [received] = await upstream.read(/^[^]*PING\r\n/);
    assert.equal(received, 'PUB _INBOX.1 0\r\n\r\nPING\r\n');
    await client.read(/^-ERR .*"_INBOX\.1"'\r\n-ERR .*"_INBOX\.2"'\r\n/);
  });

  test('an error waits for the message that is on its way', async (t) => {
    const { client, upstream } = await connected(t, permits({ publish: { allow: [], deny: [] } }));
    upstream.send('MSG foo 1 10\r\n01234');
    await client.read(/01234$/);
    client.send('PUB no 0\r\n\r\nPUB no 0\r\n\r\n');
    await delay(50);
    assert.equal(client.received, '');
    upstream.send('56789\r\nMSG foo 1 1\r\nx\r\n');
    const error = `-ERR 'Permissions Violation for Publish to "no"'\r\n`;
    const [received] = await client.read(/^[^]*x\r\n/);
    assert.equal(received, `56789\r\n${error}${error}MSG foo 1 1\r\nx\r\n`);
  });

  test('errors that nobody reads do not fill the memory', async (t) => {
    const { client } = await connected(t, permits({ publish: { allow: [], deny: [] } }));
    client.socket.pause();
    const batch = Buffer.from('PUB no 0\r\n\r\n'.repeat(10_000));
    let isTaken = true;
    for (let sent = 0; sent < 300 && isTaken; sent += 1) {
      if (!client.socket.write(batch)) {
        isTaken = await Promise.race([
          once(client.socket, 'drain').then(() => true),
          delay(250, false),
        ]);
      }
    }
    assert.equal(isTaken, false, 'everything was taken');
    client.socket.resume();
    await once(client.socket, 'drain');
  });
});

describe('the life of a connection', needs('openssl'), () => {
  test('a later INFO is made right too', async (t) => {
    const { client, upstream } = await connected(t);
    upstream.send('INFO {"max_payload":5,"connect_urls":["10.0.0.1:1"],"ldm":true}\r\n');
    const [, info = ''] = await client.read(/^INFO (.*)\r\n/);
    assert.deepEqual(JSON.parse(info), {
      max_payload: 5,
      ldm: true,
      tls_required: true,
      tls_verify: true,
      auth_required: true,
    });
    client.send('PUB a 6\r\n');
    assert.equal(await client.end(), "-ERR 'Maximum Payload Violation'\r\n");
  });

  test('large messages pass through whole, both ways', async (t) => {
    const scripted = await ScriptedNats.start(t, 'INFO {"max_payload":67108864}\r\n');
    const front = await NatsFront.start(t, { upstreamPort: scripted.port, ...derek({}) });
    const client = await front.client();
    const upstream = await scripted.next();
    const size = 2 * 1024 * 1024;
    const body = 'PUB a 0\r\n\r\n'.repeat(size / 11).padEnd(size, 'x');
    client.send(`CONNECT {}\r\nPUB a ${size}\r\n${body}\r\nPING\r\n`);
    await upstream.read(/^CONNECT .*\r\n/);
    const [there] = await upstream.read(/PING\r\n$/, 20_000).then(() => [upstream.received]);
    assert.equal(there, '');
    upstream.send(`MSG a 1 ${size}\r\n${body}\r\nPING\r\n`);
    let length = 0;
    while (!client.received.endsWith('PING\r\n')) {
      await delay(20);
      assert.ok(client.received.length >= length);
      length = client.received.length;
    }
    assert.equal(client.received, `MSG a 1 ${size}\r\n${body}\r\nPING\r\n`);
  });

  test('a client that does not read holds its upstream back, and not the memory', async (t) => {
    const { client, upstream } = await connected(t);
    client.socket.pause();
    const message = Buffer.from(`MSG a 1 65536\r\n${'x'.repeat(65_536)}\r\n`);
    let isTaken = true;
    let sent = 0;
    for (; sent < 1000 && isTaken; sent += 1) {
      if (!upstream.socket.write(message)) {
        isTaken = await Promise.race([
          once(upstream.socket, 'drain').then(() => true),
          delay(250, false),
        ]);
      }
    }
    assert.equal(isTaken, false, 'everything was taken');
    client.socket.resume();
    await once(upstream.socket, 'drain');
  });

  test('an upstream that does not read holds its client back', async (t) => {
    const { client, upstream } = await connected(t);
    upstream.socket.pause();
    const batch = Buffer.from(`PUB a 1024\r\n${'x'.repeat(1024)}\r\n`.repeat(64));
    let isTaken = true;
    for (let sent = 0; sent < 1000 && isTaken; sent += 1) {
      if (!client.socket.write(batch)) {
        isTaken = await Promise.race([
          once(client.socket, 'drain').then(() => true),
          delay(250, false),
        ]);
      }
    }
    assert.equal(isTaken, false, 'everything was taken');
    upstream.socket.resume();
    await once(client.socket, 'drain');
    client.send('PING\r\n');
    await upstream.read(/PING\r\n$/, 20_000);
  });

  test('a client that has said everything and leaves: all of it reaches the upstream', async (t) => {
    const { client, upstream } = await connected(t);
    const text = `PUB a 1000\r\n${'x'.repeat(1000)}\r\n`.repeat(2000);
    client.send(text);
    client.socket.end();
    assert.equal((await upstream.end(10_000)).length, text.length);
  });

  test('an upstream that leaves: all that it said reaches the client', async (t) => {
    const { client, upstream } = await connected(t);
    const text = `MSG a 1 1000\r\n${'x'.repeat(1000)}\r\n`.repeat(500);
    upstream.send(`${text}-ERR 'Stale Connection'\r\n`);
    upstream.socket.end();
    const received = await client.end(10_000);
    assert.equal(received.length, text.length + "-ERR 'Stale Connection'\r\n".length);
  });

  test('an upstream that no longer speaks NATS', async (t) => {
    const { front, client, upstream } = await connected(t);
    upstream.send('PONG\r\nHTTP/1.1 200 OK\r\n');
    assert.equal(await client.end(), 'PONG\r\n');
    assert.deepEqual(front.events, ['upstream not-nats']);
  });

  test('clients are told to leave, and are ended between two messages', async (t) => {
    const { front, client, upstream } = await connected(t, { limits: { lameDuckMs: 400 } });
    upstream.send('MSG a 1 4\r\n01');
    await client.read(/01$/);
    front.frontend.drain();
    front.frontend.drain();
    upstream.send('23\r\n');
    const [, info = ''] = await client.read(/^23\r\nINFO (.*)\r\n/);
    assert.equal((JSON.parse(info) as Record<string, unknown>)['ldm'], true);
    client.send('PUB a 0\r\n\r\n');
    await upstream.read(/^PUB a 0\r\n\r\n/);
    assert.equal(await client.end(), '');
    await upstream.end();
  });
});
