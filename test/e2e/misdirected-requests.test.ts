// A connection is for the certificate that its server name chose. A request for a host that has another
// one is answered 421 (RFC 9110 section 15.5.20) and goes nowhere: otherwise a client could be admitted
// under the rules of one name and be served under another.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import { encodePrivateKey } from '../../src/pki/keys.ts';
import { curl } from '../support/curl.ts';
import { extension, forge, type Forged } from '../support/forged-certificate.ts';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, runGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { RawClient } from '../support/raw-client.ts';
import { type RawUpstream, startRawUpstream } from '../support/raw-upstream.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A server name, the Host of a request on its connection, and what comes of it. */
type Row = readonly [sni: string | null, host: string, status: 200 | 404 | 421];

/**
 * `secure.test` is the listener's default and asks for a certificate, as do `one.test`, `two.test` and
 * the names of `*.wild.test`; `open.test` has a door and rooms of its own and asks nothing.
 */
const ROWS: readonly Row[] = [
  ['secure.test', 'secure.test', 200],
  ['secure.test', 'SECURE.test:9443', 200],
  ['secure.test', 'secure.test.', 200],
  ['secure.test', 'unknown.test', 200],
  ['secure.test', '127.0.0.1', 200],
  ['secure.test', '[::1]:443', 200],
  ['secure.test', 'one.test', 421],
  ['secure.test', 'ONE.TEST.:443', 421],
  ['secure.test', 'a.wild.test', 421],
  ['secure.test', 'open.test', 421],
  ['unknown.test', 'secure.test', 200],
  ['unknown.test', 'unknown.test', 200],
  ['unknown.test', 'one.test', 421],
  [null, 'secure.test', 200],
  [null, 'one.test', 421],
  [null, 'open.test', 421],
  ['one.test', 'one.test', 200],
  ['one.test', 'two.test', 200],
  ['one.test', 'secure.test', 421],
  ['one.test', 'unknown.test', 421],
  ['one.test', '127.0.0.1', 421],
  ['one.test', 'x.one.test', 421],
  ['ONE.test', 'one.test', 200],
  ['a.wild.test', 'b.wild.test', 200],
  ['a.wild.test', 'wild.test', 421],
  ['a.wild.test', 'a.b.wild.test', 421],
  ['open.test', 'open.test', 200],
  ['open.test', 'open.test:8443', 200],
  ['open.test', 'secure.test', 421],
  ['open.test', 'one.test', 421],
  ['open.test', 'a.wild.test', 421],
  ['open.test', 'unknown.test', 421],
];

const cleanups: (() => unknown)[] = [];
const context = { after: (clean: unknown): void => void cleanups.push(clean as () => unknown) };
let ca: Forged;
let client: Forged;
let upstream: RawUpstream;
let gateway: GatewayProcess;
let port = 0;
let portWithoutDefault = 0;

before(async () => {
  upstream = await startRawUpstream(context);
  ca = issue('CN=ca', null, [extension.ca()]);
  client = issue('CN=client', ca, []);
  const files: Record<string, string> = { 'ca.crt': ca.pem };
  for (const [file, ...names] of [
    ['secure', 'secure.test'],
    // Both names, so that a client may send requests for either over one connection (RFC 9113 section 9.1.1).
    ['one', 'one.test', 'two.test', 'secure.test'],
    ['wild', '*.wild.test'],
    ['open', 'open.test', 'one.test', 'secure.test'],
  ] as const) {
    const dns = names.map((value) => ({ kind: 'dns', value }) as const);
    const certificate = issue(`CN=${file}`, ca, [extension.names(...dns)]);
    files[`${file}.crt`] = certificate.pem;
    files[`${file}.key`] = encodePrivateKey(certificate.keys.privateKey);
  }
  port = await freePort();
  portWithoutDefault = await freePort();
  const strict = 'ca_file: ca.crt, verify: true';
  gateway = await runGateway(
    context,
    `
workers: 1
listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: secure.crt, key_file: secure.key, ${strict} }
    upstream: http://127.0.0.1:${upstream.port}
  - listen: 127.0.0.1:${portWithoutDefault}
    upstream: http://127.0.0.1:${upstream.port}
certificates:
  - { snis: [one.test, two.test], cert_file: one.crt, key_file: one.key, ${strict} }
  - { snis: ["*.wild.test"], cert_file: wild.crt, key_file: wild.key, ${strict} }
  - snis: [open.test]
    cert_file: open.crt
    key_file: open.key
    listener: 127.0.0.1:${port}
    routes:
      - { match: { path: /open/* }, upstream: "http://127.0.0.1:${upstream.port}" }
`,
    files,
  );
});

after(async () => {
  for (const clean of cleanups.toReversed()) await clean();
});

describe('HTTP/1.1: Host against the server name', () => {
  for (const [sni, host, status] of ROWS) {
    test(`${sni ?? 'no name'}, Host ${host}: ${status}`, async () => {
      const own = new RawClient(optionsFor(sni, port));
      const arrived = upstream.requests.length;
      const answer = await own.ask(`GET /open/x HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      checkAnswer(answer.status, status, host, arrived, answer.text);
      // The connection is as good as before for what it is for.
      if (status === 421 && sni !== null) {
        const again = await own.ask(`GET /open/y HTTP/1.1\r\nHost: ${sni}\r\n\r\n`);
        assert.equal(again.status, 200);
      }
      own.close();
    });
  }

  test('absolute-form counts as Host does', async () => {
    const own = new RawClient(optionsFor('open.test', port));
    const misdirected = await own.ask(
      'GET http://one.test/open/x HTTP/1.1\r\nHost: one.test\r\n\r\n',
    );
    assert.equal(misdirected.status, 421);
    own.close();
  });

  test('a body that comes with a misdirected request goes nowhere', async () => {
    const own = new RawClient(optionsFor('open.test', port));
    const arrived = upstream.requests.length;
    const answer = await own.ask(
      'POST /open/x HTTP/1.1\r\nHost: one.test\r\nContent-Length: 5\r\n\r\nhello',
    );
    checkAnswer(answer.status, 421, 'one.test', arrived, answer.text);
    own.close();
  });
});

describe('HTTP/2: many names on one connection', () => {
  for (const sni of ['secure.test', 'unknown.test', null, 'one.test', 'a.wild.test', 'open.test']) {
    test(`a connection for ${sni ?? 'no name'}`, async () => {
      const session = openHttp2(sni);
      const rows = ROWS.filter(([name]) => name === sni);
      // At once, so that the streams are answered beside each other, and then one after the other.
      for (const [, host, status] of [...rows, ...rows.toReversed()]) {
        const arrived = upstream.requests.length;
        const [answer, body] = await askHttp2(session, host);
        checkAnswer(answer, status, host, arrived, body);
      }
      const answers = await Promise.all(rows.map(([, host]) => askHttp2(session, host)));
      assert.deepEqual(
        answers.map(([status]) => status),
        rows.map(([, , status]) => status),
      );
      assert.equal(session.destroyed, false);
      session.destroy();
    });
  }

  test('Host in place of :authority is held to the same', async () => {
    const session = openHttp2('open.test');
    const stream = session.request({ ':path': '/open/x', ':authority': '', host: 'one.test' });
    const status = await once(stream.resume(), 'response').then(
      ([head]) => Number((head as Record<string, unknown>)[':status']),
      () => 400,
    );
    assert.ok(status === 421 || status === 400, `${status}`);
    session.destroy();
  });

  test(
    'curl opens a second connection for what it was told is misdirected',
    needs('curl'),
    async (t) => {
      const folder = await temporaryFolder(t, {
        'ca.crt': ca.pem,
        'client.crt': client.pem,
        'client.key': encodePrivateKey(client.keys.privateKey),
      });
      const names = ['open.test', 'one.test'].map((name) => `${name}:${port}:127.0.0.1`);
      const urls = ['open.test', 'one.test'].map((name) => `https://${name}:${port}/open/x`);
      const resolve = names.flatMap((name) => ['--resolve', name]);
      const identity = ['--cacert', 'ca.crt', '--cert', 'client.crt', '--key', 'client.key'];
      const arrived = upstream.requests.length;
      const answer = await curl(['--http2', ...identity, ...resolve, ...urls], { cwd: folder });
      assert.equal(answer.status, 200, answer.verbose);
      const hosts = upstream.requests
        .slice(arrived)
        .map(({ raw }) => /\r\nHost: ([^:\r]+)/.exec(raw)?.[1]);
      assert.deepEqual(hosts, ['open.test', 'one.test']);
    },
  );
});

test('a listener without a default: every host that has no certificate is misdirected', async () => {
  const own = new RawClient(optionsFor('one.test', portWithoutDefault));
  for (const [host, status] of [
    ['two.test', 200],
    ['secure.test', 421],
    ['open.test', 421],
    ['a.wild.test', 421],
    ['127.0.0.1', 421],
  ] as const) {
    const answer = await own.ask(`GET /open/x HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    assert.equal(answer.status, status, host);
  }
  own.close();
});

test('a client without a certificate reaches what is open, and nothing else by any name', async () => {
  for (const [sni, host] of ROWS) {
    if (sni !== 'open.test') continue;
    const own = new RawClient({ ...optionsFor(sni, port), cert: undefined, key: undefined });
    const arrived = upstream.requests.length;
    const answer = await own.ask(`GET /private HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    assert.equal(answer.status, host.startsWith('open.test') ? 404 : 421);
    assert.equal(upstream.requests.length, arrived);
    own.close();
  }
  assert.ok(gateway.log.some(({ sni }) => sni === 'open.test'));
});

function checkAnswer(
  status: number,
  expected: number,
  host: string,
  arrived: number,
  text: string,
): void {
  assert.equal(status, expected, host);
  assert.equal(upstream.requests.length - arrived, expected === 200 ? 1 : 0);
  if (expected === 421) assert.match(text, /"title":"Misdirected Request".*"handshakeId":"\w+"/);
}

function optionsFor(sni: string | null, to: number, protocol = 'http/1.1'): ConnectionOptions {
  return {
    host: '127.0.0.1',
    port: to,
    ca: ca.pem,
    cert: client.pem,
    key: encodePrivateKey(client.keys.privateKey),
    ALPNProtocols: [protocol],
    checkServerIdentity: () => undefined,
    ...(sni === null ? {} : { servername: sni }),
  };
}

function openHttp2(sni: string | null): ClientHttp2Session {
  const session = connectHttp2(`https://${sni ?? 'none'}`, {
    createConnection: () => connect(optionsFor(sni, port, 'h2')),
  });
  context.after(() => session.destroy());
  return session;
}

async function askHttp2(session: ClientHttp2Session, host: string): Promise<[number, string]> {
  const stream = session.request({ ':path': '/open/x', ':authority': host });
  let body = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    body += text;
  });
  const ended = once(stream, 'close');
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
  await ended;
  return [Number(head[':status']), body];
}

function issue(subject: string, issuer: Forged | null, extensions: readonly Buffer[]): Forged {
  const day = 86_400_000;
  const times = { notBefore: Date.now() - day, notAfter: Date.now() + day };
  return forge({ subject, extensions, ...times, ...(issuer === null ? {} : { issuer }) });
}
