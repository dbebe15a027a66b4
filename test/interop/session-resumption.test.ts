// Sessions as OpenSSL, curl and GnuTLS keep them, over a gateway of two workers. On its unix socket
// every connection comes to the other worker than the one before.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { curl } from '../support/curl.ts';
import { extension, forge, type Forged } from '../support/forged-certificate.ts';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, type LogLine, startGateway } from '../support/gateway-process.ts';
import { needs, programPath } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Version = '1.2' | '1.3';

interface Running {
  readonly gateway: GatewayProcess;
  readonly folder: string;
  readonly port: number;
  readonly socket: string;
}

const certificates = await scenarioCertificates('webServer');
const root = forge({ subject: 'CN=short root', extensions: [extension.ca()] });
const between = forge({ subject: 'CN=between', issuer: root, extensions: [extension.ca()] });

function keyPem({ keys }: Forged): string {
  return keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
}

/** Names with and without mapping, two that ask the same, and one that needs no certificate. */
async function start(t: TestContext, sessions: 'stateful' | 'tickets' | 'off'): Promise<Running> {
  const folder = await temporaryFolder(t, {
    'ca.crt': readFileSync(join(certificates, 'ca.crt'), 'utf8') + root.pem,
  });
  const port = await freePort();
  const socket = join(folder, 'gateway.sock');
  const certificate = (name: string, asks: string): string => `
  - snis: [${name}]
    cert_file: ${certificates}/server.crt
    key_file: ${certificates}/server.key
    ca_file: ca.crt
    sessions: ${sessions}
    ${asks}`;
  const configuration = `
listeners:
  - { listen: "127.0.0.1:${port}", protocol: https, upstream: "echo:" }
  - { listen: "unix:${socket}", protocol: https, upstream: "echo:" }
certificates:${certificate('strict.test', 'verify: true')}${certificate('other.test', 'verify: true')}${certificate('mapped.test', 'verify_and_map: true')}${certificate('open.test', 'verify: optional')}
authorization: { users: [{ user: alice@example.com }] }
workers: 2
`;
  const path = join(folder, 'gateway.yaml');
  await writeFile(path, configuration);
  return { gateway: await startGateway(t, ['run', path]), folder, port, socket };
}

const isHandshake = (line: LogLine): boolean => line['event'] === 'handshake';

/** The log's lines of the handshakes that happen in the course of `visits`, which are `count`. */
async function handshakes(
  { gateway }: Running,
  count: number,
  visits: () => Promise<unknown>,
): Promise<readonly LogLine[]> {
  const earlier = gateway.log.filter(isHandshake).length;
  await visits();
  await gateway.waitForLog(() => gateway.log.filter(isHandshake).length >= earlier + count);
  return gateway.log.filter(isHandshake).slice(earlier);
}

/** Runs a program with the input and gives back all it wrote. */
function run(
  program: 'openssl' | 'gnutls-cli',
  args: readonly string[],
  input: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(programPath(program), args, { cwd: certificates });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')));
    child.on('error', reject);
    child.on('close', () => resolve(output));
    child.stdin.on('error', () => {});
    child.stdin.write(input);
    if (program === 'openssl') child.stdin.end();
    else setTimeout(() => child.stdin.end(), 700);
  });
}

const request = (name: string): string =>
  `GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`;

const CLIENT = ['-cert', 'client.crt', '-key', 'client.key'];

interface Visit {
  readonly name?: string;
  readonly client?: readonly string[];
  /** File of the session to offer. */
  readonly from?: string;
  /** File for the session that is given. */
  readonly to?: string;
}

interface Seen {
  readonly output: string;
  readonly reused: boolean;
  readonly line: LogLine;
}

/** One connection of `openssl s_client`, to a worker that is the other one each time. */
async function visit(running: Running, version: Version, how: Visit = {}): Promise<Seen> {
  const { name = 'strict.test', client = CLIENT, from, to } = how;
  let output = '';
  const [line] = await handshakes(running, 1, async () => {
    output = await run(
      'openssl',
      [
        ...`s_client -unix ${running.socket} -tls${version.replace('.', '_')}`.split(' '),
        ...`-ign_eof -servername ${name}`.split(' '),
        ...client,
        ...(from === undefined ? [] : ['-sess_in', from]),
        ...(to === undefined ? [] : ['-sess_out', to]),
      ],
      request(name),
    );
  });
  assert.ok(line !== undefined);
  return { output, reused: /^Reused, /m.test(output), line };
}

// Most of the time is spent on waiting for clients to end.
describe('sessions', { concurrency: true }, () => {
  for (const sessions of ['stateful', 'tickets'] as const) {
    test(sessions, needs('openssl', 'curl', 'gnutls-cli'), async (t) => {
      const running = await start(t, sessions);
      for (const version of ['1.2', '1.3'] as const) await resumes(t, running, version);

      for (const version of ['1.2', '1.3'] as const) {
        await t.test(`TLS ${version}: not after the trust bundle has changed`, async () => {
          const state = join(running.folder, 'before-reload.pem');
          await visit(running, version, { to: state });
          assert.equal((await visit(running, version, { from: state })).reused, true);
          const reloads = () =>
            running.gateway.log.filter((line) => line['event'] === 'reloaded').length;
          const earlier = reloads();
          const added = forge({ subject: `CN=added ${version}`, extensions: [extension.ca()] });
          await appendFile(join(running.folder, 'ca.crt'), added.pem);
          await running.gateway.waitForLog(() => reloads() > earlier);
          const { reused, line } = await visit(running, version, { from: state });
          assert.equal(reused, false);
          assert.deepEqual([line['resumed'], line['verification']], [false, 'SUCCESS']);
        });
      }
    });
  }

  test('off', needs('openssl'), async (t) => {
    const running = await start(t, 'off');
    for (const version of ['1.2', '1.3'] as const) {
      await t.test(`TLS ${version}: a client is given nothing to resume by`, async () => {
        const state = join(running.folder, `${version}.pem`);
        const { output, line } = await visit(running, version, { to: state });
        assert.match(output, /^HTTP\/1\.1 200 /m);
        assert.equal(line['verification'], 'SUCCESS');
        assert.equal(existsSync(state), false);
      });
    }
  });
});

async function resumes(t: TestContext, running: Running, version: Version): Promise<void> {
  for (const name of ['strict.test', 'mapped.test']) {
    await t.test(
      `TLS ${version}, ${name}: openssl resumes each time, at either worker`,
      async () => {
        const state = join(running.folder, `${name}-${version}.pem`);
        const first = await visit(running, version, { name, to: state });
        assert.equal(first.reused, false);
        for (let round = 0; round < 4; round += 1) {
          const again = await visit(running, version, { name, from: state, to: state });
          assert.equal(again.reused, true, `round ${round}: ${again.output}`);
          assert.match(again.output, /^HTTP\/1\.1 200 /m);
          const { line } = again;
          assert.deepEqual([line['resumed'], line['verification']], [true, 'SUCCESS']);
          assert.equal(line['user'], first.line['user']);
        }
      },
    );
  }

  await t.test(
    `TLS ${version}: openssl resumes behind an intermediate, at either worker`,
    async () => {
      const { folder } = running;
      const client = await writeClient(
        folder,
        'behind',
        forge({ subject: 'CN=b', issuer: between }),
      );
      const state = join(folder, `behind-${version}.pem`);
      await visit(running, version, { client, to: state });
      for (let round = 0; round < 4; round += 1) {
        const { reused, line } = await visit(running, version, { client, from: state, to: state });
        assert.equal(reused, true, `round ${round}`);
        assert.equal(line['verification'], 'SUCCESS');
      }
    },
  );

  for (const [name, other] of [
    ['strict.test', 'other.test'],
    ['strict.test', 'mapped.test'],
    ['mapped.test', 'strict.test'],
    ['open.test', 'strict.test'],
  ] as const) {
    await t.test(`TLS ${version}: a session of ${name} is not resumed at ${other}`, async () => {
      const state = join(running.folder, `${name}-${other}-${version}.pem`);
      await visit(running, version, { name, to: state });
      // Either worker.
      for (let round = 0; round < 2; round += 1) {
        const { reused, line } = await visit(running, version, { name: other, from: state });
        assert.equal(reused, false);
        assert.deepEqual([line['resumed'], line['verification']], [false, 'SUCCESS']);
      }
      assert.equal((await visit(running, version, { name, from: state })).reused, true);
    });
  }

  for (const name of ['strict.test', 'mapped.test']) {
    await t.test(
      `TLS ${version}: a session without a certificate does not open ${name}`,
      async () => {
        const state = join(running.folder, `without-${name}-${version}.pem`);
        const none = { client: [], from: state };
        await visit(running, version, { name: 'open.test', client: [], to: state });
        const stays = await visit(running, version, { ...none, name: 'open.test' });
        assert.deepEqual([stays.reused, stays.line['verification']], [true, 'NONE']);
        for (let round = 0; round < 2; round += 1) {
          const refused = await visit(running, version, { ...none, name });
          assert.equal(refused.line['cause'], 'no-certificate');
          assert.match(
            refused.output,
            version === '1.3' ? /alert certificate required/ : /alert handshake failure/,
          );
          assert.doesNotMatch(refused.output, /^HTTP\//m);
        }
      },
    );
  }

  await t.test(`TLS ${version}: a session ends with its client's certificate`, async () => {
    const { folder } = running;
    // Certificates know whole seconds; four visits come first, and a busy machine takes its time.
    const notAfter = Math.ceil(Date.now() / 1000) * 1000 + 8000;
    const leaf = forge({ subject: 'CN=short', issuer: between, notAfter });
    const client = await writeClient(folder, `short-${version}`, leaf);
    const names = ['strict.test', 'open.test'];
    for (const name of names) {
      const state = join(folder, `short-${name}-${version}.pem`);
      const full = await visit(running, version, { name, client, to: state });
      assert.deepEqual([full.reused, full.line['verification']], [false, 'SUCCESS']);
      const resumed = await visit(running, version, { name, client, from: state, to: state });
      assert.deepEqual([resumed.reused, resumed.line['verification']], [true, 'SUCCESS']);
    }
    await sleep(notAfter + 1100 - Date.now());
    for (const name of names) {
      const state = join(folder, `short-${name}-${version}.pem`);
      for (let round = 0; round < 2; round += 1) {
        const late = await visit(running, version, { name, client, from: state });
        assert.equal(late.line['resumed'], false);
        assert.deepEqual([late.line['outcome'], late.line['cause']], ['refused', 'expired']);
        assert.doesNotMatch(late.output, /^HTTP\//m);
      }
    }
  });

  for (const name of ['strict.test', 'mapped.test']) {
    await t.test(`TLS ${version}, ${name}: curl resumes on every further connection`, async () => {
      const url = `https://${name}/`;
      const visits = async () => {
        const { exitCode, status, verbose } = await curl(
          [
            ...`--unix-socket ${running.socket} --insecure --http1.1`.split(' '),
            ...`--tlsv${version} --tls-max ${version}`.split(' '),
            ...'--cert client.crt --key client.key -H Connection:close'.split(' '),
            ...Array<string>(5).fill(url),
          ],
          { cwd: certificates },
        );
        assert.equal(exitCode, 0, verbose);
        assert.equal(status, 200);
      };
      // curl comes back within a millisecond: on a busy machine before the other process has the session.
      const isSteady = (lines: readonly LogLine[]): boolean =>
        lines.map((line) => String(line['resumed'])).join() === 'false,true,true,true,true';
      let lines = await handshakes(running, 5, visits);
      for (let tries = 1; tries < 5 && !isSteady(lines); tries++) {
        lines = await handshakes(running, 5, visits);
      }
      assert.deepEqual(
        lines.map((line) => line['resumed']),
        [false, true, true, true, true],
      );
      assert.ok(lines.every((line) => line['verification'] === 'SUCCESS'));
    });
  }

  for (const name of ['strict.test', 'mapped.test']) {
    await t.test(`TLS ${version}, ${name}: gnutls-cli resumes`, async () => {
      let output = '';
      const visits = async () => {
        output = await run(
          'gnutls-cli',
          [
            ...`-p ${running.port} --insecure --sni-hostname ${name}`.split(' '),
            ...`--priority NORMAL:-VERS-ALL:+VERS-TLS${version}`.split(' '),
            ...'--x509certfile client.crt --x509keyfile client.key'.split(' '),
            ...'--resume --waitresumption 127.0.0.1'.split(' '),
          ],
          request(name),
        );
      };
      let lines = await handshakes(running, 2, visits);
      for (let tries = 1; tries < 5 && lines[1]?.['resumed'] !== true; tries++) {
        lines = await handshakes(running, 2, visits);
      }
      assert.match(output, /This is a resumed session/);
      assert.deepEqual(
        lines.map((line) => line['resumed']),
        [false, true],
      );
    });
  }
}

/** Arguments for a client with this certificate and what stands above it. */
async function writeClient(folder: string, name: string, leaf: Forged): Promise<string[]> {
  const cert = join(folder, `${name}.crt`);
  const key = join(folder, `${name}.key`);
  await writeFile(cert, leaf.pem + between.pem);
  await writeFile(key, keyPem(leaf), { mode: 0o600 });
  return ['-cert', cert, '-key', key, '-cert_chain', cert];
}
