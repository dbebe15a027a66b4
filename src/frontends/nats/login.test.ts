import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AcceptedConnection } from '../frontend.ts';
import { logIn, requiresLogin } from './login.ts';
import type { NatsUserOptions } from './options.ts';
import { NatsUsers } from './users.ts';
import { readConnect } from './wire/client-connect.ts';

const NOTHING: NatsUserOptions = { password: null, permissions: null, credentials: null };

function users(of: Record<string, Partial<NatsUserOptions>>): NatsUsers {
  const entries = Object.entries(of).map(
    ([name, user]) => [name, { ...NOTHING, ...user }] as const,
  );
  return new NatsUsers(new Map(entries));
}

function client(user: string | null): AcceptedConnection {
  const principal = user === null ? null : { user, matchedBy: { kind: 'email', value: user } };
  return { principal } as AcceptedConnection;
}

function connect(fields: string | object) {
  const json = typeof fields === 'string' ? fields : JSON.stringify(fields);
  const read = readConnect(Buffer.from(json));
  assert.ok(read);
  return read;
}

/** What the upstream reads; `said` is the JSON of the client's CONNECT. */
function upstreamReads(
  said: string | object,
  user: string | null,
  known: NatsUsers,
  nonce: string | null = null,
): unknown {
  const login = logIn(connect(said), client(user), known, nonce);
  assert.ok(login.kind === 'user' || login.kind === 'same', login.kind);
  const line = login.line.toString();
  assert.match(line, /^CONNECT .*\r\n$/);
  return JSON.parse(line.slice('CONNECT '.length));
}

describe('a client whose certificate is a user', () => {
  test('is that user at the upstream, by the name it has here', () => {
    const said = {
      verbose: false,
      name: 'app',
      lang: 'go',
      version: '1',
      protocol: 1,
      echo: false,
    };
    assert.deepEqual(upstreamReads(said, 'derek', users({})), { ...said, user: 'derek' });
  });

  test('or by the credentials that are configured', () => {
    const known = users({
      a: { credentials: { kind: 'user', user: 'A', password: 'p' } },
      b: { credentials: { kind: 'user', user: 'B', password: null } },
      c: { credentials: { kind: 'token', token: 't' } },
      d: { credentials: { kind: 'none' } },
    });
    assert.deepEqual(upstreamReads({}, 'a', known), { user: 'A', pass: 'p' });
    assert.deepEqual(upstreamReads({}, 'b', known), { user: 'B' });
    assert.deepEqual(upstreamReads({}, 'c', known), { auth_token: 't' });
    assert.deepEqual(upstreamReads({}, 'd', known), {});
  });

  test('is nobody else, whatever it says and however that is spelled', () => {
    const known = users({});
    const spellings = [
      '{"user":"admin","pass":"x","auth_token":"t","nkey":"U","sig":"s","jwt":"j"}',
      '{"USER":"admin","Pass":"x","Auth_Token":"t","nKey":"U","SIG":"s","jwT":"j"}',
      // Go folds the long s and the Kelvin sign too.
      '{"u\\u017fer":"admin","pa\\u017f\\u017f":"x","auth_to\\u212aen":"t","n\\u212aey":"U","\\u017fig":"s"}',
      '{"user":"derek","user":"admin"}',
      '{"account":"SYS","new_account":true,"import":{"allow":[">"]},"export":{}}',
      '{"__proto__":{"user":"admin"},"constructor":{"user":"admin"}}',
    ];
    for (const said of spellings) {
      assert.deepEqual(upstreamReads(said, 'derek', known), { user: 'derek' }, said);
    }
  });

  test('that it named another user is told, with its own name not', () => {
    const told = (user: string) => {
      const login = logIn(connect({ user }), client('derek'), users({}), null);
      return login.kind === 'user' ? login.ignored : 'refused';
    };
    assert.equal(told('admin'), 'admin');
    assert.equal(told('derek'), null);
    assert.equal(told(''), null);
  });

  test('must send the password of the user, if there is one', () => {
    const known = users({ derek: { password: 'sécret' } });
    assert.deepEqual(upstreamReads({ pass: 'sécret' }, 'derek', known), { user: 'derek' });
    for (const said of [
      {},
      { pass: '' },
      { pass: 'secret' },
      { pass: 5 },
      { auth_token: 'sécret' },
    ]) {
      const login = logIn(connect(said), client('derek'), known, null);
      assert.equal(login.kind, 'refused', JSON.stringify(said));
    }
  });

  test('signs the nonce of the upstream by its nkey, and is refused where there is none', () => {
    const known = users({
      derek: {
        credentials: {
          kind: 'nkey',
          publicKey: 'UABC',
          keyPem:
            '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n',
        },
      },
    });
    const read = upstreamReads({}, 'derek', known, 'abc') as Record<string, string>;
    assert.equal(read['nkey'], 'UABC');
    assert.match(read['sig'] ?? '', /^[\w-]{86}$/);
    assert.equal(logIn(connect({}), client('derek'), known, null).kind, 'no-nonce');
  });
});

describe('a client whose certificate is no user', () => {
  test('says itself who it is, word for word', () => {
    const said = '{ "user" : "own", "pass":"p", "USER":"x", "anything": [1] }';
    const login = logIn(connect(said), client(null), users({ derek: {} }), 'n');
    assert.ok(login.kind === 'same');
    assert.equal(login.line.toString(), `CONNECT ${said}\r\n`);
  });

  test('logs in by name and password where users have one', () => {
    const known = users({ derek: { password: 'p' }, cert: {} });
    assert.deepEqual(upstreamReads({ user: 'derek', pass: 'p' }, null, known), { user: 'derek' });
    const wrong = [
      {},
      { user: 'derek' },
      { user: 'derek', pass: 'x' },
      { user: 'cert' },
      { user: 'cert', pass: '' },
      { user: '', pass: '' },
      { user: 'nobody', pass: 'p' },
      { user: '__proto__', pass: 'p' },
      { auth_token: 'p' },
    ];
    for (const said of wrong) {
      const login = logIn(connect(said), client(null), known, null);
      assert.equal(login.kind, 'refused', JSON.stringify(said));
    }
  });

  test('has to log in only where something is known of anybody', () => {
    assert.equal(requiresLogin(client(null), users({ derek: {} })), false);
    assert.equal(requiresLogin(client(null), users({ derek: { password: 'p' } })), true);
    assert.equal(requiresLogin(client('derek'), users({})), true);
  });
});

test('what is no JSON object is no CONNECT', () => {
  for (const text of ['', ' ', '[]', 'null', '{"user":', '{} {}']) {
    assert.equal(readConnect(Buffer.from(text)), null, text);
  }
});
