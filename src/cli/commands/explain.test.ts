import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { extension, forge } from '../../../test/support/forged-certificate.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { OID } from '../../pki/oids.ts';
import { runCommandLine } from '../command-line.ts';

const root = forge({ subject: 'CN=Root,O=Acme', extensions: [extension.ca()] });
const issuing = forge({ subject: 'CN=Issuing,O=Acme', issuer: root, extensions: [extension.ca()] });
const server = forge({ subject: 'CN=server', issuer: root });
const alice = forge({
  subject: 'CN=alice',
  issuer: issuing,
  extensions: [extension.names({ kind: 'email', value: 'alice@acme.example' })],
});
const wrong = forge({
  subject: 'CN=wrong',
  issuer: root,
  extensions: [extension.purposes(OID.serverAuth)],
});

const CONFIGURATION = `
listeners:
  - listen: 127.0.0.1:9443
    routes:
      - match: { path: /alice }
        allow: [alice@acme.example]
        upstream: "echo:"
      - match: { path: /bob }
        allow: [bob]
        upstream: "echo:"
  - listen: 127.0.0.1:9444
    tls: { cert_file: server.crt, key_file: server.key, ca_file: ca.crt, verify: observe }
    upstream: "echo:"
certificates:
  - { listener: 127.0.0.1:9443, snis: [map.example], cert_file: server.crt, key_file: server.key, ca_file: ca.crt, verify_and_map: true }
authorization:
  users: [{ user: alice@acme.example }, { user: bob }]
`;

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function explain(t: TestContext, ...args: readonly string[]): Promise<Run> {
  const folder = await temporaryFolder(t, {
    'gateway.yaml': CONFIGURATION,
    'ca.crt': root.pem,
    'server.crt': server.pem,
    'server.key': server.keys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    'alice.crt': alice.pem,
    'issuing.der': issuing.der,
    'chain.crt': alice.pem + issuing.pem,
    'wrong.crt': wrong.pem,
    'cut.der': alice.der.subarray(0, 80),
    'text.txt': 'nothing',
  });
  let stdout = '';
  let stderr = '';
  const config = args.includes('--config') ? [] : ['--config', 'gateway.yaml'];
  const status = await runCommandLine(['explain', ...args, ...config], '1.2.3', {
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    env: {},
    cwd: folder,
    program: 'countersign',
    now: Date.now,
    askSecret: async () => null,
  });
  return { status, stdout, stderr };
}

const MAP = ['--sni', 'map.example'];

describe('explain', () => {
  test('an admitted client: status 0, its user, and every rule', async (t) => {
    const { status, stdout } = await explain(t, 'chain.crt', ...MAP);
    assert.equal(status, 0);
    assert.match(stdout, /ok +trusted issuer +CN=alice < CN=Issuing,O=Acme < CN=Root,O=Acme\n/);
    assert.match(stdout, /ok +user +alice@acme\.example \(email alice@acme\.example\)\n/);
    assert.match(stdout, /\nDecision: admit \(user alice@acme\.example\)\n$/);
  });

  test('a refused client: status 1, and everything that is wrong, first what decides', async (t) => {
    const { status, stdout } = await explain(t, 'wrong.crt', ...MAP, '--json');
    assert.equal(status, 1);
    const printed = JSON.parse(stdout) as { findings: Record<string, unknown>[] };
    assert.deepEqual(Object.keys(printed), ['decision', 'user', 'findings']);
    const [first, second, ...rest] = printed.findings;
    assert.deepEqual(Object.keys(first ?? {}), ['code', 'severity', 'title', 'detail', 'remedy']);
    assert.deepEqual([first?.['code'], second?.['code']], ['wrong-purpose', 'no-user-matches']);
    assert.deepEqual(rest, []);
  });

  test('admitted by JSON: no findings', async (t) => {
    const { status, stdout } = await explain(t, 'chain.crt', ...MAP, '--json');
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(stdout), {
      decision: 'admit',
      user: 'alice@acme.example',
      findings: [],
    });
  });

  test('intermediates may come as further files, in DER', async (t) => {
    const alone = await explain(t, 'alice.crt', ...MAP);
    assert.equal(alone.status, 1);
    assert.match(alone.stdout, /\[missing-intermediate\]/);
    assert.equal((await explain(t, 'alice.crt', 'issuing.der', ...MAP)).status, 0);
  });

  const requests = [
    ['/alice', 0, /ok +request +GET \/alice\n/],
    ['/bob', 1, /\[user-not-allowed\]/],
    ['/nowhere', 1, /\[no-route\]/],
    ['/a%2fb', 1, /\[ambiguous-path\]/],
  ] as const;
  for (const [path, expected, says] of requests) {
    test(`a request for ${path}: status ${expected}`, async (t) => {
      const { status, stdout } = await explain(t, 'chain.crt', ...MAP, '--path', path);
      assert.equal(status, expected);
      assert.match(stdout, says);
    });
  }

  test('what is merely observed is admitted, with a warning', async (t) => {
    const listener = ['--listener', '127.0.0.1:9444', '--json'];
    const { status, stdout } = await explain(t, 'wrong.crt', ...listener);
    assert.equal(status, 0);
    const { findings } = JSON.parse(stdout) as { findings: Record<string, unknown>[] };
    assert.equal(findings[0]?.['code'], 'wrong-purpose');
    assert.equal(findings[0]?.['severity'], 'warning');
  });

  test('a name that no certificate answers to', async (t) => {
    const { status, stdout } = await explain(t, 'chain.crt', '--sni', 'Other.Example.');
    assert.equal(status, 1);
    assert.match(stdout, /asked for other\.example/);
  });

  test('in Chinese', async (t) => {
    const { status, stdout } = await explain(t, 'wrong.crt', ...MAP, '--lang', 'zh');
    assert.equal(status, 1);
    assert.match(stdout, /决定: 拒绝\n\n证书的用途不是 TLS 客户端认证 \[wrong-purpose\]\n/);
  });

  test('a certificate that can not be read is explained, other files are an error', async (t) => {
    const cut = await explain(t, 'cut.der', ...MAP);
    assert.equal(cut.status, 1);
    assert.match(cut.stdout, /\[malformed\]/);
    const text = await explain(t, 'text.txt', ...MAP);
    assert.equal(text.status, 1);
    assert.match(text.stderr, /^countersign explain: text\.txt: neither PEM nor DER/);
    const key = await explain(t, 'server.key', ...MAP);
    assert.match(key.stderr, /server\.key: there is no certificate in it/);
  });

  test('wrong usage has status 2 or says what there is', async (t) => {
    assert.equal((await explain(t, 'chain.crt', '--lang', 'xx')).status, 2);
    const { stderr } = await explain(t, 'chain.crt', '--listener', ':1');
    assert.match(stderr, /--listener :1: there is none of this name, but 127\.0\.0\.1:9443, 127/);
    assert.match((await explain(t, 'chain.crt', '--path', 'x')).stderr, /a path begins with \//);
    assert.match((await explain(t, 'chain.crt', '--sni', 'a b')).stderr, /is no host name/);
  });
});
