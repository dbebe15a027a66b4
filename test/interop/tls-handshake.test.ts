// Handshakes with the TLS stacks that clients bring: OpenSSL and GnuTLS.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { type AcceptingServer, acceptingServer, serverTls } from '../support/accepting-server.ts';
import { needs, programPath } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { HandshakeOutcome } from '../../src/tls/acceptor.ts';
import type { ServerTlsOptions } from '../../src/tls/options.ts';

const folder = await scenarioCertificates('webServer');
const pem = (name: string) => readFileSync(join(folder, name), 'utf8');
const pair = { certPem: pem('server.crt'), keyPem: pem('server.key') };

function admit(outcome: HandshakeOutcome): void {
  if (outcome.kind === 'failed') return;
  outcome.allowResumption();
  outcome.socket.on('error', () => {});
  outcome.socket.once('data', () => outcome.socket.end('hello\n'));
}

function accepting(
  t: TestContext,
  change: Partial<ServerTlsOptions> = {},
): Promise<AcceptingServer> {
  return acceptingServer(t, { fallback: serverTls(pair, [pem('ca.crt')], change) }, admit);
}

/** Runs a program with the input and gives back all it wrote. */
function run(
  program: Parameters<typeof programPath>[0],
  args: readonly string[],
  input = '',
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(programPath(program), args, { cwd: folder });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')));
    child.on('error', reject);
    child.on('close', () => resolve(output));
    child.stdin.on('error', () => {});
    child.stdin.write(input);
    setTimeout(() => child.stdin.end(), 700);
  });
}

const ASK = 'GET / HTTP/1.0\r\n\r\n';
const CLIENT = ['-cert', 'client.crt', '-key', 'client.key'];

suite('openssl s_client', needs('openssl'), () => {
  const connect = (port: number, args: readonly string[]) =>
    run(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', 'ca.crt', ...args],
      ASK,
    );

  for (const [version, alert] of [
    ['-tls1_3', 'alert certificate required'],
    ['-tls1_2', 'alert handshake failure'],
  ] as const) {
    test(`${version}: is let in with a certificate and alerted without`, async (t) => {
      const server = await accepting(t);
      const output = await connect(server.port, [version, ...CLIENT]);
      assert.match(output, /^hello$/m);
      assert.match(output, /Verify return code: 0 \(ok\)/);
      assert.equal((await server.next()).record.verification, 'SUCCESS');
      assert.ok((await connect(server.port, [version])).includes(alert));
      assert.equal((await server.next()).record.cause, 'no-certificate');
    });

    test(`${version}: resumes each time`, async (t) => {
      const server = await accepting(t);
      const state = await temporaryFolder(t);
      const session = join(state, 'session.pem');
      const first = await connect(server.port, [version, ...CLIENT, '-sess_out', session]);
      assert.match(first, /^New, /m);
      for (let round = 0; round < 3; round += 1) {
        const args = [version, ...CLIENT, '-sess_in', session, '-sess_out', session];
        assert.match(await connect(server.port, args), /^Reused, /m, `round ${round}`);
      }
    });
  }

  test('is shown the names of the CAs to choose its certificate by', async (t) => {
    const server = await accepting(t);
    const output = await connect(server.port, CLIENT);
    assert.match(
      output,
      /Acceptable client certificate CA names\s+O ?= ?Example, CN ?= ?Private-CA/,
    );
  });

  test('is sent the issuer behind the server certificate', async (t) => {
    const server = await accepting(t);
    const output = await connect(server.port, [...CLIENT, '-showcerts']);
    assert.equal(output.match(/BEGIN CERTIFICATE/g)?.length, 2);
  });

  test('may not renegotiate', async (t) => {
    const server = await accepting(t);
    const output = await run(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${server.port}`, '-tls1_2', ...CLIENT],
      'R\n',
    );
    assert.match(output, /RENEGOTIATING/);
    assert.match(output, /no renegotiation|unexpected eof|alert/i);
    assert.ok(!output.includes('hello'));
  });

  test('below the minimum version it is alerted', async (t) => {
    const server = await accepting(t, { minVersion: 'TLSv1.3' });
    assert.match(await connect(server.port, ['-tls1_2', ...CLIENT]), /alert protocol version/);
    const { record } = await server.next();
    assert.equal(record.cause, 'no-shared-parameters');
    assert.deepEqual(record.offeredVersions, ['TLSv1.2']);
  });
});

suite('gnutls-cli', needs('gnutls-cli'), () => {
  const connect = (port: number, args: readonly string[]) =>
    run('gnutls-cli', ['-p', String(port), '--x509cafile', 'ca.crt', ...args, '127.0.0.1'], ASK);
  const client = ['--x509certfile', 'client.crt', '--x509keyfile', 'client.key'];

  for (const [version, expected] of [
    ['1.3', 'Certificate is required'],
    ['1.2', 'Handshake failed'],
  ] as const) {
    const priority = ['--priority', `NORMAL:-VERS-ALL:+VERS-TLS${version}`];
    test(`TLS ${version}: is let in with a certificate and alerted without`, async (t) => {
      const server = await accepting(t);
      assert.match(await connect(server.port, [...priority, ...client]), /hello/);
      assert.equal((await server.next()).record.verification, 'SUCCESS');
      assert.ok((await connect(server.port, priority)).includes(expected));
      assert.equal((await server.next()).record.cause, 'no-certificate');
    });

    test(`TLS ${version}: resumes`, async (t) => {
      const server = await accepting(t);
      const output = await connect(server.port, [
        ...priority,
        ...client,
        '--resume',
        '--waitresumption',
      ]);
      assert.match(output, /This is a resumed session/);
      assert.equal((await server.next()).record.resumed, false);
      assert.equal((await server.next()).record.resumed, true);
    });
  }
});
