// A path rule holds for every spelling of its path: whatever a server behind the gateway may take a
// request-target for, nobody reaches a protected path without access.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { extension, forge, type Forged } from '../support/forged-certificate.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { RawClient } from '../support/raw-client.ts';
import { type RawUpstream, startRawUpstream } from '../support/raw-upstream.ts';

/** What the gateway does: `admin` and `open` name the upstream that is reached. */
type Outcome = 'admin' | 'open' | 400 | 403;

/** Asks for a target on one connection; answers with the status. */
type Client = (target: string) => Promise<number>;

/** A target, what derek gets, and what a client without a certificate gets. */
const targets: [target: string, derek: Outcome, anonymous: Outcome][] = [
  ['/', 'open', 'open'],
  ['/public/a', 'open', 'open'],
  ['/public/a?x=/admin', 'open', 'open'],
  ['/public/?/../admin', 'open', 'open'],
  ['/public/%E4%BD%A0', 'open', 'open'],
  ['/public/a%20b', 'open', 'open'],
  ['/public//a', 'open', 'open'],
  ['/public/a;v=1', 'open', 'open'],
  ['/adm', 'open', 'open'],
  ['/Admin', 'open', 'open'],
  ['/ADMIN', 'open', 'open'],
  ['/x/admin', 'open', 'open'],
  ['/admin', 'admin', 403],
  ['/admin/', 'admin', 403],
  ['/admin/x', 'admin', 403],
  ['/admin?x', 'admin', 403],
  ['/administrator', 'admin', 403],
  ['/%61dmin', 'admin', 403],
  ['/%61%64%6d%69%6e', 'admin', 403],
  ['/%61%64%6D%69%6E/x', 'admin', 403],
  ['/admin%20', 'admin', 403],
  ['/admin%E3%80%82', 'admin', 403],
  ['/admin//x', 'admin', 403],
  ['/admin;x', 'admin', 403],
  ['/admin;x/y', 'admin', 403],
  ['/admin%3Bx', 'admin', 403],
  ['/%2561dmin', 400, 400],
  ['/%25%36%31dmin', 400, 400],
  ['/%252561dmin', 400, 400],
  ['//admin', 400, 400],
  ['///admin', 400, 400],
  ['/;/admin', 400, 400],
  ['/;x=y/admin', 400, 400],
  ['/%3B/admin', 400, 400],
  ['/./admin', 400, 400],
  ['/../admin', 400, 400],
  ['/public/../admin', 400, 400],
  ['/public/./../admin', 400, 400],
  ['/public/..//admin', 400, 400],
  ['/public/%2e%2e/admin', 400, 400],
  ['/public/%2E%2E/admin', 400, 400],
  ['/public/.%2e/admin', 400, 400],
  ['/public/%2e./admin', 400, 400],
  ['/public/%252e%252e/admin', 400, 400],
  ['/public/..%2fadmin', 400, 400],
  ['/public/..%2Fadmin', 400, 400],
  ['/public%2f..%2fadmin', 400, 400],
  ['/public/..%252fadmin', 400, 400],
  ['/public/..;/admin', 400, 400],
  ['/public/..;x/admin', 400, 400],
  ['/public/..%3b/admin', 400, 400],
  ['/public/..\\admin', 400, 400],
  ['/public\\..\\admin', 400, 400],
  ['/public/..%5cadmin', 400, 400],
  ['/public/..%5Cadmin', 400, 400],
  ['/public/..%255cadmin', 400, 400],
  ['\\admin', 400, 400],
  ['/\\admin', 400, 400],
  ['/%5cadmin', 400, 400],
  ['/%2fadmin', 400, 400],
  ['/%2e/admin', 400, 400],
  ['/admin/..', 400, 400],
  ['/admin%00', 400, 400],
  ['/%00admin', 400, 400],
  ['/admin%0a', 400, 400],
  ['/admin%0d%0aX:y', 400, 400],
  ['/admin%7f', 400, 400],
  ['/admin%', 400, 400],
  ['/admin%6', 400, 400],
  ['/%u0061dmin', 400, 400],
  ['/admin%zz', 400, 400],
  ['/%c0%afadmin', 400, 400],
  ['/public/%c0%ae%c0%ae/admin', 400, 400],
  ['/%e0%80%afadmin', 400, 400],
  ['/%f0%80%80%afadmin', 400, 400],
  ['/%ed%a0%80', 400, 400],
  ['/%ff', 400, 400],
  ['/public/#/../admin', 400, 400],
  ['admin', 400, 400],
  ['*', 400, 400],
];

/** Without a certificate only what is skipped is served, by whatever spelling. */
const skipTargets: [target: string, served: boolean][] = [
  ['/health', true],
  ['/%68ealth', true],
  ['/health?x=1', true],
  ['/assets/a.css', true],
  ['/assets/a//b.css', true],
  ['/health/', false],
  ['/healthz', false],
  ['/Health', false],
  ['//health', false],
  ['/health;x', false],
  ['/;x/health', false],
  ['/%2568ealth', false],
  ['/health/../admin', false],
  ['/assets', false],
  ['/assets/../admin', false],
  ['/assets/%2e%2e/admin', false],
  ['/assets/..%2fadmin', false],
  ['/assets/..;/admin', false],
  ['/assets/..\\admin', false],
  ['/assets%2f..%2fadmin', false],
  ['/assets/%252e%252e/admin', false],
  ['/assets/%c0%ae%c0%ae/admin', false],
  ['/x;/assets/a', false],
  ['/admin', false],
  ['/', false],
];

const cleanups: (() => unknown)[] = [];
const context = {
  after: (clean: unknown): void => void cleanups.push(clean as () => unknown),
};
let ca: Forged;
let derek: Forged;
let admin: RawUpstream;
let open: RawUpstream;
let rulesPort = 0;
let skipPort = 0;

before(async () => {
  ca = issue('CN=ca', null, [extension.ca()]);
  derek = issue('CN=derek', ca, [extension.names({ kind: 'email', value: 'derek@nats.io' })]);
  const server = issue('CN=localhost', ca, [extension.names({ kind: 'dns', value: 'localhost' })]);
  admin = await startRawUpstream(context);
  open = await startRawUpstream(context);
  rulesPort = await freePort();
  skipPort = await freePort();
  const configuration = `
listeners:
  - listen: 127.0.0.1:${rulesPort}
    protocol: https
    tls: { cert_file: server.crt, key_file: server.key, ca_file: ca.crt, verify: optional }
    routes:
      - { match: { path: /admin* }, allow: [derek@nats.io], upstream: "http://127.0.0.1:${admin.port}" }
      - { match: { path: /public/* }, upstream: "http://127.0.0.1:${open.port}" }
      - { upstream: "http://127.0.0.1:${open.port}" }
  - listen: 127.0.0.1:${skipPort}
    protocol: https
    tls:
      cert_file: server.crt
      key_file: server.key
      ca_file: ca.crt
      verify: true
      skip_paths: [/health, /assets/*]
    upstream: http://127.0.0.1:${open.port}
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
  for (const clean of cleanups.toReversed()) await clean();
});

for (const [version, opening] of [
  ['HTTP/1.1', openHttp1],
  ['HTTP/2', openHttp2],
] as const) {
  describe(`routes over ${version}`, () => {
    let withAccess: Client;
    let without: Client;
    before(() => {
      withAccess = opening(rulesPort, derek);
      without = opening(rulesPort, null);
    });
    for (const [target, expected, expectedWithout] of targets) {
      test(JSON.stringify(target), async () => {
        assert.equal(await outcome(withAccess, target), expected, 'with access');
        assert.equal(await outcome(without, target), expectedWithout, 'without access');
      });
    }
  });

  describe(`skip_paths over ${version}`, () => {
    let client: Client;
    before(() => {
      client = opening(skipPort, null);
    });
    for (const [target, served] of skipTargets) {
      test(`${JSON.stringify(target)} needs ${served ? 'no' : 'a'} certificate`, async () => {
        assert.equal(await outcome(client, target), served ? 'open' : 400);
      });
    }
  });
}

async function outcome(ask: Client, target: string): Promise<Outcome> {
  const arrived = [admin.requests.length, open.requests.length];
  const status = await ask(target);
  const reached = [admin, open].map(
    (upstream, index) => upstream.requests.length - (arrived[index] ?? 0),
  );
  if (status === 200) {
    assert.equal(Math.min(...reached) + Math.max(...reached), 1);
    return reached[0] === 1 ? 'admin' : 'open';
  }
  assert.deepEqual(reached, [0, 0]);
  assert.ok(status === 400 || status === 403, `${status}`);
  return status;
}

function optionsOf(port: number, client: Forged | null, protocol: 'h2' | 'http/1.1') {
  const own = client === null ? {} : { cert: client.pem, key: pemKey(client) };
  const name = { servername: 'localhost', ALPNProtocols: [protocol] };
  return { host: '127.0.0.1', port, ca: ca.pem, ...name, ...own };
}

function openHttp1(port: number, certificate: Forged | null): Client {
  const client = new RawClient(optionsOf(port, certificate, 'http/1.1'));
  context.after(() => client.close());
  return async (target) =>
    (await client.ask(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`)).status;
}

function openHttp2(port: number, certificate: Forged | null): Client {
  const session = connectHttp2('https://localhost', {
    createConnection: () => connect(optionsOf(port, certificate, 'h2')),
  });
  context.after(() => session.destroy());
  return async (target) => {
    try {
      const stream = session.request({ ':path': target });
      const [answer] = (await once(stream.resume(), 'response')) as [Record<string, unknown>];
      return Number(answer[':status']);
    } catch (error) {
      // A :path that is malformed resets its stream, where HTTP/1.1 has 400.
      assert.equal((error as NodeJS.ErrnoException).code, 'ERR_HTTP2_STREAM_ERROR');
      return 400;
    }
  };
}

function issue(subject: string, issuer: Forged | null, extensions: readonly Buffer[]): Forged {
  const day = 86_400_000;
  const times = { notBefore: Date.now() - day, notAfter: Date.now() + day };
  return forge({ subject, extensions, ...times, ...(issuer === null ? {} : { issuer }) });
}

function pemKey({ keys }: Forged): string {
  return keys.privateKey.export({ format: 'pem', type: 'pkcs8' });
}
