import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveMqttUsers } from './mqtt-users.ts';
import { Report } from './report.ts';
import type { Config } from './schema.ts';

function resolve(config: Config) {
  const report = new Report({ file: 'test', value: config, position: () => null });
  const users = resolveMqttUsers(config, report);
  return { users, errors: report.errors.map(({ message }) => message) };
}

test('who a user is at the broker', () => {
  const { users, errors } = resolve({
    authorization: {
      users: [
        { user: 'plain' },
        { user: 'named', upstream: { user: 'n', password: 'p' } },
        { user: 'nobody', upstream: {} },
        { user: 'of-nats', upstream: { token: 't' } },
        { user: 'rules', mqtt: { publish: { allow: ['a/#'] } } },
      ],
    },
  });
  assert.deepEqual(errors, []);
  assert.deepEqual(
    [...users].map(([name, { credentials }]) => [name, credentials]),
    [
      ['plain', null],
      ['named', { user: 'n', password: 'p' }],
      ['nobody', { user: null, password: null }],
      ['of-nats', null],
      ['rules', null],
    ],
  );
  assert.deepEqual(users.get('rules')?.permissions, {
    publish: { allow: ['a/#'], deny: [] },
    subscribe: { allow: null, deny: [] },
  });
});

test('texts that do not fit into a CONNECT are refused where there is an mqtt listener', () => {
  const long = 'x'.repeat(65_536);
  const authorization = {
    users: [
      { user: long },
      { user: 'a', upstream: { user: 'ü'.repeat(32_768), password: long } },
      { user: 'x'.repeat(65_535) },
    ],
  };
  assert.deepEqual(resolve({ authorization }).errors, []);
  const { errors } = resolve({
    authorization,
    listeners: [{ listen: ':8883', protocol: 'mqtt' }],
  });
  const paths = errors.map((message) => /^authorization\.users\[\d\]\.[\w.]+/.exec(message)?.[0]);
  assert.deepEqual(paths, [
    'authorization.users[0].user',
    'authorization.users[1].upstream.user',
    'authorization.users[1].upstream.password',
  ]);
});
