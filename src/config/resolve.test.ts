import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { RouteOptions } from '../frontends/http/options.ts';
import type { GatewayOptions, HttpListenerOptions, ListenerOptions } from '../gateway/options.ts';
import { loadConfig } from './load.ts';
import { nodeFileSystem } from './node-file-system.ts';
import { formatProblem } from './problem.ts';

const VALID = join(import.meta.dirname, '../../test/vectors/config/valid');
const CERTS = join(VALID, '../certs');

/** Resolves a text as if it were a file beside the valid configurations. */
function resolveText(text: string, name = 'test.yaml'): GatewayOptions {
  const path = join(VALID, name);
  const result = loadConfig(path, {
    cwd: '/',
    variables: { GATEWAY_PORT: '9443' },
    fileSystem: {
      ...nodeFileSystem,
      readFile: (file) => (file === path ? Buffer.from(text) : nodeFileSystem.readFile(file)),
    },
    now: Date.parse('2027-01-01'),
  });
  if (result.kind === 'invalid') assert.fail(result.errors.map(formatProblem).join('\n'));
  return result.options;
}

function resolveFile(name: string): GatewayOptions {
  return resolveText(readFileSync(join(VALID, name), 'utf8'), name);
}

/** One listener on :1 with the server's certificate; `tls` and `rest` are further lines. */
function listenerWith(tls: string, rest = '    upstream: "echo:"\n'): HttpListenerOptions {
  const options = resolveText(`
listeners:
  - listen: :1
    tls:
      cert_file: ../certs/server.crt
      key_file: ../certs/server.key
${tls}
${rest}`);
  return httpOf(options.listeners[0]);
}

function httpOf(listener: ListenerOptions | undefined): HttpListenerOptions {
  assert.equal(listener?.protocol, 'https');
  return listener;
}

function routesOf(listener: ListenerOptions | undefined): readonly RouteOptions[] {
  return httpOf(listener).site.routes;
}

describe('the sample', () => {
  const options = resolveFile('sample.yaml');
  const listener = httpOf(options.listeners[0]);

  test('becomes a listener with its default certificate', () => {
    assert.equal(options.listeners.length, 1);
    assert.equal(listener.name, '0.0.0.0:9443');
    assert.deepEqual(listener.address, { kind: 'tcp', host: '0.0.0.0', port: 9443 });
    assert.equal(listener.protocol, 'https');
    const { tls } = listener;
    assert.equal(tls.timeoutMs, 10_000);
    assert.equal(tls.answersPlainHttp, true);
    assert.deepEqual(tls.alpn, ['h2', 'http/1.1', 'http/1.0']);
    const { fallback } = tls;
    assert.ok(fallback);
    assert.deepEqual(
      { ...fallback, certPem: '', keyPem: '', caPem: fallback.caPem.length },
      {
        name: '../certs/server.crt (listeners[0].tls)',
        certPem: '',
        keyPem: '',
        caPem: 1,
        snis: ['a.test', '*.b.test'],
        mode: 'true',
        mapping: false,
        depth: 1,
        pins: new Set(),
        minVersion: 'TLSv1.2',
        crls: [],
        crlGraceMs: 0,
        ciphers: null,
        admitsUnverified: false,
        sessions: 'stateful',
      },
    );
    assert.match(fallback.certPem, /^-----BEGIN CERTIFICATE-----\n/);
    assert.match(fallback.keyPem, /^-----BEGIN PRIVATE KEY-----\n/);
    assert.equal(fallback.caPem[0], readFileSync(join(CERTS, 'ca.crt'), 'utf8'));
  });

  test('becomes routes in their order', () => {
    const [ip, hello, files, rest] = routesOf(listener);
    assert.equal(routesOf(listener).length, 4);
    assert.deepEqual(ip?.host, 'test.com');
    assert.deepEqual(ip?.path, { kind: 'exact', path: '/ip' });
    assert.deepEqual(ip?.methods, new Set(['GET']));
    assert.deepEqual(ip?.allow, new Set(['derek@nats.io']));
    assert.deepEqual(ip?.target, {
      kind: 'proxy',
      http: 'h1',
      upstream: {
        name: 'http://127.0.0.1:8080',
        tls: null,
        address: { kind: 'tcp', host: '127.0.0.1', port: 8080 },
        connectTimeoutMs: 5000,
        idleTimeoutMs: 4000,
        maxIdle: 256,
      },
      headers: { clientCert: false, clientCertChain: false, xfcc: false },
    });
    assert.deepEqual(hello, {
      host: null,
      path: { kind: 'exact', path: '/hello' },
      methods: null,
      allow: null,
      target: { kind: 'respond', status: 200, body: 'Hello World', contentType: 'text/plain' },
    });
    assert.deepEqual(files?.path, { kind: 'prefix', path: '/files/' });
    assert.deepEqual(files?.target, {
      kind: 'files',
      root: CERTS,
      tryFiles: ['$uri', '$uri/', '=404'],
      index: ['index.html', 'index.htm'],
    });
    assert.deepEqual(
      [rest?.host, rest?.path, rest?.methods, rest?.allow],
      [null, null, null, null],
    );
  });

  test('becomes an upstream with mutual TLS, its timeouts and the headers that are forwarded', () => {
    const target = routesOf(listener)[3]?.target;
    assert.ok(target?.kind === 'proxy' && target.upstream.tls !== null);
    const { name, address, connectTimeoutMs, idleTimeoutMs, maxIdle, tls } = target.upstream;
    assert.equal(name, 'api');
    assert.deepEqual(address, { kind: 'tcp', host: '10.0.0.7', port: 8443 });
    assert.deepEqual([connectTimeoutMs, idleTimeoutMs, maxIdle], [500, 0, 8]);
    assert.equal(tls.serverName, 'api.internal');
    assert.deepEqual(tls.caPem, [readFileSync(join(CERTS, 'other-ca.crt'), 'utf8')]);
    assert.equal(tls.certPem, readFileSync(join(CERTS, 'client.crt'), 'utf8'));
    assert.equal(tls.keyPem, readFileSync(join(CERTS, 'client.key'), 'utf8'));
    assert.deepEqual(target.headers, { clientCert: true, clientCertChain: true, xfcc: true });
  });

  test('becomes a certificate by server name, users, state and workers', () => {
    const [certificate] = listener.tls.certificates;
    assert.equal(listener.tls.certificates.length, 1);
    assert.equal(certificate?.name, '../certs/server.crt');
    assert.deepEqual(certificate?.snis, ['a.test', '*.b.test']);
    assert.equal(listener.sites.size, 0, 'it shares the routes of the listener');
    assert.deepEqual(options.users, ['derek@nats.io', 'CN=example.com,OU=CNCF']);
    assert.deepEqual(listener.users, options.users);
    assert.deepEqual(listener.identity, { dn: 'exact' });
    assert.equal(options.stateDir, join(VALID, '.countersign'));
    assert.equal(options.workers, 'auto');
  });

  test('names every file whose change is a reload', () => {
    const names = [
      'ca.crt',
      'ca/issuing.crt',
      'server.crt',
      'server.key',
      'other-ca.crt',
      'client.crt',
      'client.key',
    ];
    assert.deepEqual(
      options.watchedFiles.toSorted(),
      [join(VALID, 'sample.yaml'), ...names.map((name) => join(CERTS, name))].toSorted(),
    );
    assert.equal(options.watchedFiles[0], join(VALID, 'sample.yaml'));
  });
});

describe('what a certificate asks of clients', () => {
  const users = 'authorization: { users: [ { user: derek } ] }\n';
  const echo = '    upstream: "echo:"\n';

  test('nothing unless told', () => {
    const { fallback } = listenerWith('').tls;
    assert.equal(fallback?.mode, 'false');
    assert.deepEqual([fallback?.mapping, fallback?.caPem, fallback?.depth], [false, [], null]);
  });

  for (const mode of ['false', 'observe', 'optional', 'true']) {
    for (const spelling of [mode, `"${mode}"`]) {
      test(`verify: ${spelling}`, () => {
        const listener = listenerWith(`      ca_file: ../certs/ca.crt\n      verify: ${spelling}`);
        assert.equal(listener.tls.fallback?.mode, mode);
      });
    }
  }

  test('verify_and_map implies verify: true; under observe it is kept', () => {
    const mapped = '      ca_file: ../certs/ca.crt\n      verify_and_map: true\n';
    const { fallback } = listenerWith(mapped, echo + users).tls;
    assert.deepEqual([fallback?.mode, fallback?.mapping], ['true', true]);
    const observed = listenerWith(`${mapped}      verify: observe\n`, echo + users).tls.fallback;
    assert.deepEqual([observed?.mode, observed?.mapping], ['observe', true]);
  });

  test('the anchors of the attached authority where no bundle is named, and only there', () => {
    const authority = `${echo}ca: { dir: ../certs }\n`;
    const anchors = (name: string): string[] => [readFileSync(join(CERTS, name), 'utf8')];
    assert.deepEqual(
      listenerWith('      verify: true', authority).tls.fallback?.caPem,
      anchors('ca.crt'),
    );
    assert.deepEqual(listenerWith('      verify: false', authority).tls.fallback?.caPem, []);
    const other = '      verify: true\n      ca_file: ../certs/other-ca.crt';
    assert.deepEqual(listenerWith(other, authority).tls.fallback?.caPem, anchors('other-ca.crt'));
  });

  test('skip_paths let a client without certificate through the handshake, in mode true', () => {
    const withPaths = (more: string): HttpListenerOptions =>
      listenerWith(
        `      ca_file: ../certs/ca.crt\n      skip_paths: [/health, /public/*]\n${more}`,
      );
    const listener = withPaths('      verify: true\n      refusal: http');
    assert.equal(listener.tls.fallback?.admitsUnverified, true);
    assert.equal(listener.site.refusal, 'http');
    assert.deepEqual(listener.site.skipPaths, [
      { kind: 'exact', path: '/health' },
      { kind: 'prefix', path: '/public/' },
    ]);
    assert.equal(withPaths('      verify: optional').tls.fallback?.admitsUnverified, false);
  });

  test('timeout, min_version and pins in the units of the options', () => {
    const pin = 'AB'.repeat(32);
    const more = `timeout: 1.5s\n      min_version: 1.3\n      pinned_certs: [${pin}]`;
    const { tls } = listenerWith(
      `      ca_file: ../certs/ca.crt\n      verify: true\n      ${more}`,
    );
    assert.equal(tls.timeoutMs, 1500);
    assert.equal(tls.fallback?.minVersion, 'TLSv1.3');
    assert.deepEqual(tls.fallback?.pins, new Set([pin.toLowerCase()]));
  });

  test('what else stands in the certificate file goes nowhere', () => {
    const options = resolveText(
      'listeners: [{ listen: ":1", upstream: "echo:", tls: { cert_file: ../certs/with-key.crt, key_file: ../certs/with-key.crt } }]',
    );
    assert.doesNotMatch(options.listeners[0]?.tls.fallback?.certPem ?? 'absent', /PRIVATE/);
    assert.match(options.listeners[0]?.tls.fallback?.keyPem ?? '', /PRIVATE/);
  });
});

describe('certificates and sites', () => {
  test('each listener serves its own certificates and those for every listener', () => {
    const [first, second] = resolveFile('floor-exceptions.yaml').listeners;
    const snis = (listener: ListenerOptions | undefined): (readonly string[])[] =>
      listener?.tls.certificates.map((certificate) => certificate.snis) ?? [];
    assert.deepEqual(snis(first), [['open.test'], ['stricter.test']]);
    assert.deepEqual(snis(second), [['c.test'], ['d.test']]);
    assert.equal(second?.tls.fallback, null);
  });

  test('a certificate has a site of its own where its routes, skip_paths or refusal differ', () => {
    const [first, second] = resolveFile('floor-exceptions.yaml').listeners.map(httpOf);
    assert.equal(first?.sites.size, 2);
    const open = first?.sites.get('../certs/hundred-years.crt');
    assert.equal(open?.routes[0]?.target.kind, 'respond');
    const stricter = first?.sites.get(first.tls.certificates[1]?.name ?? '');
    assert.equal(stricter?.routes, first?.site.routes);
    assert.equal(stricter?.refusal, 'close');
    assert.equal(stricter?.skipPaths.length, 3);
    assert.equal(second?.sites.size, 0);
  });

  test('names that are not ASCII, in capitals or with a trailing dot are brought into one form', () => {
    const [first, second] = resolveFile('all-certificates-apart.json').listeners;
    assert.deepEqual(first?.tls.certificates[0]?.snis, ['xn--bcher-kva.test', 'upper.test']);
    assert.deepEqual(second?.tls.certificates[0]?.snis, ['a.test', '*.b.test']);
  });

  test('certificates of the same file have names of their own', () => {
    const entry = '{ cert_file: ../certs/server.crt, key_file: ../certs/server.key,';
    const options = resolveText(`
listeners: [{ listen: ":1", upstream: "echo:", tls: ${entry} } }]
certificates:
  - ${entry} snis: [x.test] }
  - ${entry} snis: [y.test] }
`);
    const { tls } = options.listeners[0] ?? assert.fail();
    const names = [tls.fallback, ...tls.certificates].map((certificate) => certificate?.name);
    assert.equal(new Set(names).size, 3);
  });

  test('the same trust anchors are one bundle, in whatever order or number', () => {
    const entry = '{ cert_file: ../certs/server.crt, key_file: ../certs/server.key, verify: true,';
    const bundle = (name: string): string => readFileSync(join(CERTS, name), 'utf8');
    const inOrder = JSON.stringify(
      `${bundle('ca.crt')}text\n${bundle('other-ca.crt')}${bundle('ca.crt')}`,
    );
    const options = resolveText(`
listeners: [{ listen: ":1", upstream: "echo:", tls: ${entry} ca_file: ../certs/both-cas.crt } }]
certificates: [${entry} snis: [x.test], ca: ${inOrder} }]
`);
    assert.equal(options.listeners[0]?.tls.certificates[0]?.caPem.length, 2);
  });
});

describe('addresses', () => {
  const table: [string, ListenerOptions['address']][] = [
    ['127.0.0.1:9443', { kind: 'tcp', host: '127.0.0.1', port: 9443 }],
    [':0', { kind: 'tcp', host: null, port: 0 }],
    ['LocalHost:65535', { kind: 'tcp', host: 'localhost', port: 65_535 }],
    ['[::1]:1', { kind: 'tcp', host: '::1', port: 1 }],
    ['[2001:DB8:0::1]:1', { kind: 'tcp', host: '2001:db8::1', port: 1 }],
    ['gateway.internal:1', { kind: 'tcp', host: 'gateway.internal', port: 1 }],
    ['unix:/run/gateway.sock', { kind: 'unix', path: '/run/gateway.sock' }],
    ['unix:gateway.sock', { kind: 'unix', path: join(VALID, 'gateway.sock') }],
    ['${GATEWAY_PORT}', { kind: 'tcp', host: null, port: 9443 }],
  ];
  for (const [listen, address] of table) {
    test(listen, () => {
      const shown = listen.startsWith('$') ? `:${listen}` : listen;
      const options = resolveText(
        `listeners: [{ listen: "${shown}", upstream: "echo:", tls: { cert_file: ../certs/server.crt, key_file: ../certs/server.key } }]`,
      );
      assert.deepEqual(options.listeners[0]?.address, address);
    });
  }
});

describe('upstream URLs', () => {
  const tcp = (host: string, port: number): object => ({ kind: 'tcp', host, port });
  const table: [string, object, 'h1' | 'h2c', boolean][] = [
    ['http://app', tcp('app', 80), 'h1', false],
    ['HTTP://App.Internal:8080/', tcp('app.internal', 8080), 'h1', false],
    ['http://[::1]:3000', tcp('::1', 3000), 'h1', false],
    ['https://10.0.0.7', tcp('10.0.0.7', 443), 'h1', true],
    ['h2c://grpc:50051', tcp('grpc', 50_051), 'h2c', false],
    ['unix:/run/app.sock', { kind: 'unix', path: '/run/app.sock' }, 'h1', false],
    ['unix:///run/my%20app.sock', { kind: 'unix', path: '/run/my app.sock' }, 'h1', false],
    ['unix:app.sock', { kind: 'unix', path: join(VALID, 'app.sock') }, 'h1', false],
  ];
  for (const [url, address, http, tls] of table) {
    test(url, () => {
      const [route] = routesOf(listenerWith('', `    upstream: "${url}"\n`));
      assert.ok(route?.target.kind === 'proxy');
      assert.deepEqual(route.target.upstream.address, address);
      assert.equal(route.target.http, http);
      assert.equal(route.target.upstream.tls !== null, tls);
      assert.equal(route.target.upstream.name, url);
    });
  }

  test('https without tls trusts the public roots and expects the host of the URL', () => {
    const [route] = routesOf(listenerWith('', '    upstream: https://api.test:8443\n'));
    assert.ok(route?.target.kind === 'proxy');
    assert.deepEqual(route.target.upstream.tls, {
      caPem: [],
      certPem: null,
      keyPem: null,
      serverName: 'api.test',
      allowPeers: null,
      pins: new Set(),
      alpn: ['http/1.1'],
    });
  });

  test('files and echo', () => {
    const target = (url: string): unknown =>
      routesOf(listenerWith('', `    upstream: "${url}"\n`))[0]?.target;
    assert.deepEqual(target('echo:'), { kind: 'echo' });
    const files = { kind: 'files', tryFiles: ['$uri', '$uri/', '=404'], index: ['index.html'] };
    assert.deepEqual(target('file:../certs'), { ...files, root: CERTS });
    assert.deepEqual(target(`file://${CERTS}`), { ...files, root: CERTS });
  });

  test('routes to one upstream share it, and so its connections', () => {
    const routes = routesOf(
      listenerWith(
        '',
        `    routes: [{ upstream: api }, { upstream: api }, { upstream: "http://b" }, { upstream: "http://b" }]
upstreams: { api: { url: http://a } }
`,
      ),
    );
    const upstreams = routes.map(({ target }) =>
      target.kind === 'proxy' ? target.upstream : null,
    );
    assert.equal(upstreams[0], upstreams[1]);
    assert.equal(upstreams[2], upstreams[3]);
    assert.notEqual(upstreams[0], upstreams[2]);
  });
});
