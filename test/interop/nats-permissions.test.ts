// Permissions as nats-server has them: the same users, once in its own configuration and once at the
// front before a nats-server that asks for nothing, do the same things and are answered the same.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { NatsUserOptions } from '../../src/frontends/nats/options.ts';
import { NatsClient } from '../support/nats-client.ts';
import { NatsFront } from '../support/nats-front.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { needs } from '../support/programs.ts';

interface Rules {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

const RULES: readonly Rules[] = [
  {},
  { deny: ['a'] },
  { allow: ['a'] },
  { allow: ['a.b'] },
  { allow: ['a.*'] },
  { allow: ['a.>'] },
  { allow: ['*'] },
  { allow: ['>'] },
  { allow: ['*.*'] },
  { allow: ['*.b.>'] },
  { allow: ['a.*.c'] },
  { allow: ['a', 'a.b', 'x.>'] },
  { allow: ['>'], deny: ['a.b'] },
  { allow: ['a.>'], deny: ['a.b.>'] },
  { allow: ['a.*'], deny: ['a.b'] },
  { allow: ['*.b'], deny: ['a.*'] },
  { deny: ['a.>'] },
  { deny: ['a.*'] },
  { deny: ['*.b'] },
  { deny: ['>'] },
  { deny: ['$JS.>', '$SYS.>'] },
  { allow: ['$JS.API.>', '_INBOX.>'] },
  { allow: ['_INBOX.*'] },
];

const PUBLISHED = ['a', 'a.b', 'a.b.c', 'a.x', 'x.b', 'x.b.c', 'b', '$JS.API.INFO', '_INBOX.x.1'];

const SUBSCRIBED = ['a', 'a.b', 'a.b.c', 'a.*', 'x.b.c', '*', '*.b', '_INBOX.x', '$JS.API.>'];

/** Subscriptions with a queue group, and permissions that name one. */
const QUEUE_RULES: readonly Rules[] = [
  { allow: ['a', 'a.b q'] },
  { allow: ['a.* q'] },
  { allow: ['a.> q.*', 'x'] },
  { allow: ['a q', 'a v1.>'] },
  { allow: ['a.>'], deny: ['a.b q'] },
  { deny: ['a q.>'] },
  { deny: ['a *'] },
  { allow: ['> *'] },
];

const QUEUE_SUBSCRIBED = ['a', 'a q', 'a q.1', 'a v1.x', 'a.b', 'a.b q', 'a.b z', 'a.* q', 'x q'];

interface Case {
  readonly user: string;
  readonly kind: 'publish' | 'subscribe';
  readonly rules: Rules;
  readonly subjects: readonly string[];
}

const CASES: readonly Case[] = [
  ...RULES.flatMap((rules, index): Case[] => [
    { user: `p${index}`, kind: 'publish', rules, subjects: PUBLISHED },
    { user: `s${index}`, kind: 'subscribe', rules, subjects: SUBSCRIBED },
  ]),
  ...QUEUE_RULES.map((rules, index): Case => {
    return { user: `q${index}`, kind: 'subscribe', rules, subjects: QUEUE_SUBSCRIBED };
  }),
];

/**
 * Where nats-server 2.9 is looser, on purpose not followed: it delivers what is denied by an entry that
 * a subscription merely overlaps, takes the `*` of a permission for the `>` of a subscription, and an
 * empty list of what is allowed for none.
 */
const LOOSER: readonly (Case & { readonly real: RegExp; readonly ours: RegExp })[] = [
  {
    user: 'empty',
    kind: 'publish',
    rules: { allow: [] },
    subjects: ['a'],
    real: /^a: $/,
    ours: /^a: -ERR 'Permissions Violation for Publish to "a"'/,
  },
  {
    user: 'overlap',
    kind: 'subscribe',
    rules: { deny: ['*.b.c'] },
    subjects: ['a.>'],
    real: /MSG a\.b\.c/,
    ours: /^a\.>: MSG a\.b [^]*(?<!MSG a\.b\.c [^]*)$/,
  },
  {
    user: 'star',
    kind: 'subscribe',
    rules: { allow: ['a.*'] },
    subjects: ['a.>'],
    real: /MSG a\.b\.c/,
    ours: /^a\.>: -ERR 'Permissions Violation for Subscription to "a\.>"'/,
  },
];

/** Subscriptions of the table that bring the denied `a.b` at nats-server. */
const BRINGS_DENIED: ReadonlySet<string> = new Set([
  '{"allow":["*.b"],"deny":["a.*"]} *.b',
  '{"deny":["a.>"]} *.b',
  '{"deny":["a.*"]} *.b',
  '{"deny":["*.b"]} a.*',
]);

test(
  'who may do what is the same as at nats-server',
  needs('nats-server', 'openssl'),
  async (t) => {
    const all = [...CASES, ...LOOSER];
    const users = all.map((one) => `{ user: ${one.user}, password: p, permissions: ${text(one)} }`);
    const [real, plain] = await Promise.all([
      startNatsServer(
        t,
        `authorization { users: [ { user: admin, password: p }\n${users.join('\n')} ] }`,
      ),
      startNatsServer(t),
    ]);
    const front = await NatsFront.start(t, {
      upstreamPort: plain.port,
      users: Object.fromEntries(all.map((one) => [one.user, options(one)])),
      tls: { mapping: false },
    });
    const publishers = [
      await login(t, await NatsClient.connect(real.port, null, 'plain'), 'admin'),
      await login(t, await NatsClient.connect(plain.port, null, 'plain'), 'admin'),
    ] as const;
    const both = async (one: Case): Promise<[string[], string[]]> => {
      const client = await NatsClient.connect(real.port, null, 'plain');
      const theirs = await answers(await login(t, client, one.user), publishers[0], one);
      const ours = await answers(
        await login(t, await front.client('stranger'), one.user),
        publishers[1],
        one,
      );
      return [theirs, ours];
    };

    let count = 0;
    for (const one of CASES) {
      const [theirs, ours] = await both(one);
      const rules = JSON.stringify(one.rules);
      const expected = theirs.map((answer, index) => {
        if (!BRINGS_DENIED.has(`${rules} ${one.subjects[index]}`)) return answer;
        assert.match(answer, /MSG a\.b /, rules);
        return answer.replace(/MSG a\.b \d+ 0\r\n\r\n/, '');
      });
      assert.deepEqual(ours, expected, `${one.kind} ${rules}`);
      count += ours.length;
    }
    assert.ok(count > 400, `${count} cases`);
    for (const one of LOOSER) {
      const [[theirs = ''], [ours = '']] = await both(one);
      assert.match(theirs, one.real);
      assert.match(ours, one.ours);
      assert.doesNotMatch(ours, /MSG a\.b\.c/);
    }
  },
);

function text({ kind, rules }: Case): string {
  return `{ ${kind}: ${JSON.stringify(rules)} }`;
}

function options({ kind, rules }: Case): Partial<NatsUserOptions> {
  const own = { allow: rules.allow ?? null, deny: rules.deny ?? [] };
  const none = { allow: null, deny: [] };
  const [publish, subscribe] = kind === 'publish' ? [own, none] : [none, own];
  const permissions = { publish, subscribe, responses: null };
  return { password: 'p', permissions, credentials: { kind: 'none' } };
}

async function login(t: TestContext, client: NatsClient, user: string): Promise<NatsClient> {
  t.after(() => client.close());
  client.socket.resume();
  client.send(`CONNECT {"verbose":false,"user":"${user}","pass":"p"}\r\n`);
  assert.equal(await client.flush(), '', user);
  return client;
}

/** What comes of each subject: an error, or the messages that then arrive. */
async function answers(client: NatsClient, publisher: NatsClient, one: Case): Promise<string[]> {
  const found: string[] = [];
  for (const [index, subject] of one.subjects.entries()) {
    client.send(
      one.kind === 'publish' ? `PUB ${subject} 0\r\n\r\n` : `SUB ${subject} ${index}\r\n`,
    );
    let came = await client.flush();
    if (one.kind === 'subscribe' && came === '') {
      for (const published of PUBLISHED) publisher.send(`PUB ${published} 0\r\n\r\n`);
      await publisher.flush();
      came = await client.flush();
      client.send(`UNSUB ${index}\r\n`);
    }
    found.push(`${subject}: ${came}`);
  }
  client.close();
  return found;
}
