// What NATS clients do all day, through the front to an unmodified nats-server: none of it may differ.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  AckPolicy,
  headers,
  type JsMsg,
  type Msg,
  type NatsConnection,
  StorageType,
  StringCodec,
} from 'nats';
import { gatewayOptions, startLiveGateway } from '../support/live-gateway.ts';
import { NatsClient } from '../support/nats-client.ts';
import { clientTls, officialClient, startNatsServer } from '../support/nats-server.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

const CNCF_PERMISSIONS = {
  publish: { allow: ['foo', 'orders.*', '_INBOX.>'], deny: ['orders.secret'] },
  subscribe: { allow: ['foo', 'bar.>', '_INBOX.>', 'work workers'], deny: ['bar.secret'] },
};

test('NATS clients through the front', needs('nats-server', 'openssl'), async (t) => {
  const folder = await scenarioCertificates('messaging');
  const upstream = await startNatsServer(t, 'jetstream { store_dir: "store" }\n');
  const pair = { cert_file: join(folder, 'server.crt'), key_file: join(folder, 'server.key') };
  const options = gatewayOptions({
    listeners: [
      {
        listen: '127.0.0.1:0',
        protocol: 'nats',
        tls: { ...pair, ca_file: join(folder, 'ca.crt'), verify_and_map: true },
        upstream: `nats://127.0.0.1:${upstream.port}`,
      },
    ],
    authorization: {
      users: [
        { user: 'derek@nats.io' },
        { user: 'CN=example.com,OU=CNCF', nats: CNCF_PERMISSIONS },
      ],
    },
  });
  const { port } = await startLiveGateway(t, options);
  const client = (name = 'derek'): Promise<NatsConnection> =>
    officialClient(t, port, clientTls(folder, name));
  const raw = async (name = 'cncf'): Promise<NatsClient> => {
    const connection = await NatsClient.connect(port, { folder, name });
    t.after(() => connection.close());
    connection.send('CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\n');
    return connection;
  };

  await t.test(
    'JetStream: a stream is made, publications are acknowledged, a consumer takes them',
    async () => {
      const connection = await client();
      const manager = await connection.jetstreamManager();
      await manager.streams.add({
        name: 'ORDERS',
        subjects: ['orders.>'],
        storage: StorageType.Memory,
      });
      const stream = connection.jetstream();
      for (let count = 1; count <= 20; count += 1) {
        const { seq } = await stream.publish('orders.new', `order ${count}`, {
          msgID: `m${count}`,
        });
        assert.equal(seq, count);
      }
      assert.equal((await stream.publish('orders.new', 'again', { msgID: 'm1' })).duplicate, true);
      await manager.consumers.add('ORDERS', { durable_name: 'D', ack_policy: AckPolicy.Explicit });
      const consumer = await stream.consumers.get('ORDERS', 'D');
      const taken: string[] = [];
      for await (const message of (await consumer.fetch({
        max_messages: 20,
      })) as AsyncIterable<JsMsg>) {
        taken.push(message.string());
        assert.equal(await message.ackAck(), true);
      }
      assert.deepEqual(
        taken,
        Array.from({ length: 20 }, (_, index) => `order ${index + 1}`),
      );
      assert.equal((await consumer.info()).num_ack_pending, 0);
      await assert.rejects(stream.publish('nobody.listens', ''), /503|no responders/);
    },
  );

  await t.test('request and reply, with headers, and nobody there to answer', async () => {
    const [asking, answering] = [await client(), await client()];
    answering.subscribe('double', {
      callback: (_error: Error | null, message: Msg) => {
        const fields = headers();
        fields.append('Asked', message.headers?.get('Question') ?? 'nothing');
        message.respond(`${message.string()}${message.string()}`, { headers: fields });
      },
    });
    await answering.flush();
    const fields = headers();
    fields.append('Question', 'how much');
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((text) =>
        asking.request('double', text, { timeout: 10_000, headers: fields }),
      ),
    );
    assert.deepEqual(
      answers.map((answer) => [answer.string(), answer.headers?.get('Asked')]),
      [
        ['aa', 'how much'],
        ['bb', 'how much'],
        ['cc', 'how much'],
      ],
    );
    await assert.rejects(asking.request('nobody.listens'), /503/);
  });

  await t.test('a queue group shares its messages, and everybody else gets each', async () => {
    const members = [await client(), await client()];
    const seen = [0, 0, 0];
    members.forEach((member, index) => {
      member.subscribe('jobs', { queue: 'workers', callback: () => (seen[index] += 1) });
    });
    const watcher = await client();
    watcher.subscribe('jobs', { callback: () => (seen[2] += 1) });
    await Promise.all([...members, watcher].map((connection) => connection.flush()));
    const publisher = await client();
    for (let count = 0; count < 200; count += 1) publisher.publish('jobs', `job ${count}`);
    await publisher.flush();
    await Promise.all([...members, watcher].map((connection) => connection.flush()));
    const [first = 0, second = 0, watched] = seen;
    assert.equal(watched, 200);
    assert.equal(first + second, 200);
    assert.ok(first > 0 && second > 0, seen.join(' '));
  });

  await t.test('messages of all sizes come whole and in order, up to the largest', async () => {
    const [publisher, subscriber] = [await client(), await client()];
    const sizes = [0, 1, 100, 16_383, 16_384, 16_385, 65_536, 300_000, 1_048_576];
    const subscription = subscriber.subscribe('sized', { max: sizes.length });
    await subscriber.flush();
    for (const size of sizes) publisher.publish('sized', Buffer.alloc(size, size % 251));
    let index = 0;
    for await (const message of subscription) {
      const size = sizes[index] ?? -1;
      assert.ok(Buffer.alloc(size, size % 251).equals(message.data), `${size}`);
      index += 1;
    }
    assert.equal(index, sizes.length);
    assert.equal(publisher.info?.max_payload, 1_048_576);
  });

  await t.test('drain delivers what is under way and closes', async () => {
    const [draining, publisher] = [await client(), await client()];
    let taken = 0;
    const subscription = draining.subscribe('late', { callback: () => (taken += 1) });
    await draining.flush();
    for (let count = 0; count < 500; count += 1) publisher.publish('late', 'x');
    await publisher.flush();
    await draining.drain();
    assert.equal(taken, 500);
    assert.equal(subscription.isClosed(), true);
    assert.equal(draining.isClosed(), true);
  });

  await t.test(
    'what a user may not do is said in the words of nats-server, and the connection stays',
    async () => {
      const connection = await raw();
      await connection.flush();
      for (const [sent, error] of [
        ['PUB bar 1\r\nx\r\n', 'Permissions Violation for Publish to "bar"'],
        ['PUB orders.secret 1\r\nx\r\n', 'Permissions Violation for Publish to "orders.secret"'],
        ['HPUB bar 12 13\r\nNATS/1.0\r\n\r\nx\r\n', 'Permissions Violation for Publish to "bar"'],
        ['SUB baz 1\r\n', 'Permissions Violation for Subscription to "baz"'],
        ['SUB bar.secret 1\r\n', 'Permissions Violation for Subscription to "bar.secret"'],
        ['SUB > 1\r\n', 'Permissions Violation for Subscription to ">"'],
        [
          'SUB work others 1\r\n',
          'Permissions Violation for Subscription to "work" using queue "others"',
        ],
        ['PUB foo 1\r\nx\r\nSUB foo 2\r\nSUB work workers 3\r\nPUB orders.new 0\r\n\r\n', null],
      ] as const) {
        connection.send(sent);
        const expected = error === null ? '' : `-ERR '${error}'\r\n`;
        assert.equal(await connection.flush(), expected, sent);
      }
    },
  );

  await t.test('a wildcard subscription brings nothing that is denied', async () => {
    const [connection, publisher] = [await raw(), await client()];
    connection.send('SUB bar.* 1\r\n');
    await connection.flush();
    for (const subject of ['bar.open', 'bar.secret', 'bar.last']) publisher.publish(subject, 'x');
    await publisher.flush();
    assert.equal(await connection.flush(), 'MSG bar.open 1 1\r\nx\r\nMSG bar.last 1 1\r\nx\r\n');
  });

  await t.test('the official client learns of a violation as at nats-server', async () => {
    const connection = await client('cncf');
    const statuses = connection.status()[Symbol.asyncIterator]();
    const next = statuses.next();
    connection.publish('elsewhere', StringCodec().encode('x'));
    const status = (await next).value as { type: string; data: string; permissionContext: unknown };
    assert.equal(status.type, 'error');
    assert.deepEqual(status.permissionContext, {
      operation: 'publish',
      subject: 'elsewhere',
      queue: undefined,
    });
    await assert.rejects(async () => {
      for await (const message of connection.subscribe('elsewhere')) assert.fail(message.string());
    }, /Permissions Violation for Subscription to "elsewhere"/);
    await connection.flush();
  });
});
