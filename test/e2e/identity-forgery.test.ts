// A client can't say who it is but by its certificate: every spelling of an identity field that it
// sends is gone before the upstream's eyes, and nothing that it sends takes the gateway's own away.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import { extension, forge, type Forged } from '../support/forged-certificate.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { RawClient } from '../support/raw-client.ts';
import {
  type ArrivedRequest,
  type RawUpstream,
  startRawUpstream,
} from '../support/raw-upstream.ts';

/** Stands in every value that a client forges. */
const FORGED = 'forged-by-the-client';

const names = [
  'X-Client-User',
  'X-Client-DN',
  'X-Client-Verify',
  'X-Client-Anything',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Forwarded-User',
  'X-Forwarded-Client-Cert',
  'X-Real-IP',
  'Forwarded',
  'Client-Cert',
  'Client-Cert-Chain',
];

const spellings: Record<string, (name: string) => string> = {
  'as it is': (name) => name,
  'in lower case': (name) => name.toLowerCase(),
  'in upper case': (name) => name.toUpperCase(),
  'in mixed case': (name) =>
    name
      .toLowerCase()
      .replace(/(.)(.?)/g, (_, one: string, two: string) => one + two.toUpperCase()),
  'with underscores': (name) => name.replaceAll('-', '_'),
  'with one underscore': (name) => name.replace('-', '_'),
  'with dots': (name) => name.replaceAll('-', '.'),
  'with other punctuation': (name) => name.replaceAll('-', '~'),
};

const plain = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

const verified: Record<string, string[]> = {
  X_CLIENT_USER: ['derek@nats.io'],
  X_CLIENT_DN: ['CN=derek'],
  X_CLIENT_VERIFY: ['SUCCESS'],
  X_FORWARDED_FOR: ['127.0.0.1'],
  X_FORWARDED_PROTO: ['https'],
  X_FORWARDED_HOST: ['localhost'],
};

const { X_CLIENT_USER: _user, X_CLIENT_DN: _dn, ...fromAnybody } = verified;
const unverified = { ...fromAnybody, X_CLIENT_VERIFY: ['NONE'] };

let ca: Forged;
let server: Forged;
let derek: Forged;
let upstream: RawUpstream;
let port = 0;
const clients = new Map<Forged | null, RawClient>();
const cleanups: (() => unknown)[] = [];
const context = {
  after: (clean: unknown): void => void cleanups.push(clean as () => unknown),
};

before(async () => {
  upstream = await startRawUpstream(context);
  ca = issue('CN=ca', null, [extension.ca()]);
  server = issue('CN=localhost', ca, [extension.names({ kind: 'dns', value: 'localhost' })]);
  derek = issue('CN=derek', ca, [extension.names({ kind: 'email', value: 'derek@nats.io' })]);
  port = await freePort();
  const configuration = `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls: { cert_file: server.crt, key_file: server.key, ca_file: ca.crt, verify: optional }
    upstream: http://127.0.0.1:${upstream.port}
authorization:
  users: [{ user: derek@nats.io }]
`;
  await runGateway(context, configuration, {
    'ca.crt': ca.pem,
    'server.crt': server.pem,
    'server.key': pemKey(server),
  });
});

after(async () => {
  for (const client of clients.values()) client.close();
  for (const clean of cleanups.toReversed()) await clean();
});

describe('HTTP/1.1', () => {
  for (const [spelling, spell] of Object.entries(spellings)) {
    test(`identity fields ${spelling} are removed`, async () => {
      for (const name of names) {
        assertIdentity(await sendHead(`${spell(name)}: ${FORGED}`), verified);
        assertIdentity(await sendHead(`${spell(name)}:${FORGED}`, `${spell(name)}: ${FORGED}`));
      }
      assertIdentity(await sendHead(...names.map((name) => `${spell(name)}: ${FORGED}`)));
    });

    test(`identity fields ${spelling} are removed from trailers`, async () => {
      for (const name of names) {
        const trailer = `${spell(name)}: ${FORGED}`;
        const body = `4\r\nbody\r\n0\r\nX-Checksum: kept\r\n${trailer}\r\n\r\n`;
        const fields = ['Transfer-Encoding: chunked', `Trailer: ${spell(name)}, X-Checksum`];
        const request = await send(
          `POST / HTTP/1.1\r\nHost: localhost\r\n${fields.join('\r\n')}\r\n\r\n${body}`,
        );
        assertIdentity(request);
        assert.ok(request.raw.includes('body'));
      }
    });

    test(`Connection can't name identity fields ${spelling}`, async () => {
      for (const name of names) {
        assertIdentity(await sendHead(`Connection: ${spell(name)}`));
        const named = `Connection: keep-alive,  ${spell(name)} ,x`;
        assertIdentity(await sendHead(named, `${spell(name)}: ${FORGED}`));
      }
    });
  }

  test("Connection can't name Host", async () => {
    const request = await sendHead('Connection: host, x-client-user');
    assertIdentity(request);
    assert.ok(request.raw.includes('\r\nHost: localhost\r\n'));
  });

  test('a client without a certificate has no user, whatever it says', async () => {
    const anonymous = await send(
      `GET / HTTP/1.1\r\nHost: localhost\r\n${names.map((name) => `${name}: ${FORGED}\r\n`).join('')}\r\n`,
      null,
    );
    assertIdentity(anonymous, unverified);
  });

  test('identity fields are removed from a WebSocket handshake', async () => {
    const upgrade = ['Connection: Upgrade, X-Client-User', 'Upgrade: websocket'];
    assertIdentity(await sendHead(...upgrade, ...names.map((name) => `${name}: ${FORGED}`)));
  });

  test('an identity field without a value, or twice, is removed', async () => {
    assertIdentity(await sendHead('X-Client-User:', 'X-Client-User: ', 'x-client-user:\t'));
  });

  for (const line of [
    'X-Client-User : forged-by-the-client',
    'X-Client-User\t: forged-by-the-client',
    ' X-Client-User: forged-by-the-client',
    'Accept: a\r\n X-Client-User: forged-by-the-client',
    'Accept: a\nX-Client-User: forged-by-the-client',
    'Accept: a\rX-Client-User: forged-by-the-client',
    'X-Client-User\u0000: forged-by-the-client',
    'X-Client-User\u00a0: forged-by-the-client',
    ': forged-by-the-client',
  ]) {
    test(`${JSON.stringify(line)} never reaches the upstream`, async () => {
      const arrived = upstream.requests.length;
      await assert.rejects(sendHead(line), /^Error: 400/);
      assert.equal(upstream.requests.length, arrived);
    });
  }

  test('further fields reach the upstream as they were sent', async () => {
    const kept = ['X-Clientele: a', 'X-Forwarder: b', 'Client-Certificate: c', 'Authorization: d'];
    const request = await sendHead(...kept);
    for (const line of kept) assert.ok(request.raw.includes(`\r\n${line}\r\n`), line);
  });
});

describe('HTTP/2', () => {
  for (const [spelling, spell] of Object.entries(spellings)) {
    test(`identity fields ${spelling} are removed`, async () => {
      const forged = names.map((name) => [spell(name).toLowerCase(), FORGED] as const);
      const seen = await sendHttp2([...forged.map((field) => [field]), forged]);
      for (const request of seen) assertIdentity(request);
    });
  }

  test('identity fields are removed from trailers', async () => {
    const trailers = names.flatMap((name) => [
      [name.toLowerCase(), FORGED] as const,
      [name.toLowerCase().replaceAll('-', '_'), FORGED] as const,
    ]);
    const [request] = await sendHttp2([[]], trailers);
    assert.ok(request !== undefined);
    assertIdentity(request);
  });
});

describe('the subject of a certificate', () => {
  const subjects: Record<string, [subject: string, printed: string]> = {
    'with CR LF': [
      'CN=a\\0D\\0AX-Client-User: root\\0D\\0A\\0D\\0A',
      'CN=a\\0D\\0AX-Client-User: root\\0D\\0A\\0D\\0A',
    ],
    'with quotes': ['CN=a\\"b\\, c\\;d', 'CN=a\\"b\\, c\\;d'],
    'beyond ASCII': ['CN=дерек', 'CN=\\D0\\B4\\D0\\B5\\D1\\80\\D0\\B5\\D0\\BA'],
    'with NUL': ['CN=derek@nats.io\\00.evil', 'CN=derek@nats.io\\00.evil'],
    "in another user's words": ['CN=x\\,CN=derek@nats.io', 'CN=x\\,CN=derek@nats.io'],
  };
  for (const [name, [subject, printed]] of Object.entries(subjects)) {
    test(`${name} is one line of ASCII`, async () => {
      const client = issue(subject, ca, []);
      const request = await send(plain, client);
      const { X_CLIENT_USER: _, ...rest } = verified;
      assertIdentity(request, { ...rest, X_CLIENT_DN: [printed] });
      assert.match(request.raw, /^[\r\n -~]*$/);
    });
  }

  for (const kib of [16, 64]) {
    test(`of ${kib} KiB is one line`, async () => {
      const subject = `CN=${'a'.repeat(kib * 1024)}`;
      const request = await send(plain, issue(subject, ca, []));
      assert.deepEqual(identityOf(request)['X_CLIENT_DN'], [subject]);
      assertIdentity(await sendHead(), verified);
    });
  }
});

function issue(subject: string, issuer: Forged | null, extensions: readonly Buffer[]): Forged {
  const day = 86_400_000;
  const times = { notBefore: Date.now() - day, notAfter: Date.now() + day };
  return forge({ subject, extensions, ...times, ...(issuer === null ? {} : { issuer }) });
}

function pemKey({ keys }: Forged): string {
  return keys.privateKey.export({ format: 'pem', type: 'pkcs8' });
}

function credentials(client: Forged | null): ConnectionOptions {
  const own = client === null ? {} : { cert: client.pem, key: pemKey(client) };
  return { host: '127.0.0.1', port, servername: 'localhost', ca: ca.pem, ...own };
}

function sendHead(...lines: readonly string[]): Promise<ArrivedRequest> {
  return send(`${['GET / HTTP/1.1', 'Host: localhost', ...lines].join('\r\n')}\r\n\r\n`);
}

/** Sends bytes as this client, on its last connection if that is open; answers with what arrived upstream. */
async function send(bytes: string, client: Forged | null = derek): Promise<ArrivedRequest> {
  const arrived = upstream.requests.length;
  let sender = clients.get(client);
  if (sender === undefined) {
    sender = new RawClient(credentials(client));
    clients.set(client, sender);
  }
  const { status, text } = await sender.ask(bytes);
  if (status !== 200 && status !== 101) throw new Error(text.slice('HTTP/1.1 '.length));
  const request = upstream.requests.at(-1);
  assert.equal(upstream.requests.length, arrived + 1);
  assert.ok(request !== undefined);
  return request;
}

/** Sends one request after the other on one connection; `trailers` follow a body. */
async function sendHttp2(
  requests: readonly (readonly (readonly [string, string])[])[],
  trailers: readonly (readonly [string, string])[] | null = null,
): Promise<readonly ArrivedRequest[]> {
  const from = upstream.requests.length;
  const session = connectHttp2('https://localhost', {
    createConnection: () => connect({ ...credentials(derek), ALPNProtocols: ['h2'] }),
  });
  try {
    for (const fields of requests) {
      const headers: OutgoingHttpHeaders = { ':path': '/', ':authority': 'localhost' };
      for (const [name, value] of fields) headers[name] = value;
      if (trailers !== null) headers[':method'] = 'POST';
      const stream = session.request(headers, {
        endStream: trailers === null,
        waitForTrailers: trailers !== null,
      });
      stream.on('wantTrailers', () => stream.sendTrailers(Object.fromEntries(trailers ?? [])));
      if (trailers !== null) stream.end('body');
      const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
      assert.equal(answer[':status'], 200);
      stream.resume();
      await once(stream, 'close');
    }
  } finally {
    session.destroy();
  }
  return upstream.requests.slice(from);
}

function assertIdentity(request: ArrivedRequest, expected = verified): void {
  assert.deepEqual(identityOf(request), expected);
  assert.ok(!request.raw.includes(FORGED), request.raw);
}

/** The identity fields as CGI, WSGI and PHP would name them. */
function identityOf({ fields }: ArrivedRequest): Record<string, string[]> {
  const identity: Record<string, string[]> = {};
  for (const [name, value] of fields) {
    const folded = name.toUpperCase().replaceAll(/[^0-9A-Z]/g, '_');
    if (!/^(X_CLIENT_|X_FORWARDED_|X_REAL_IP$|FORWARDED$|CLIENT_CERT(_CHAIN)?$)/.test(folded))
      continue;
    (identity[folded] ??= []).push(value);
  }
  return identity;
}
