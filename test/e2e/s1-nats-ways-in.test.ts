// A messaging server that requires client certificates: by nats-server's own file, by flags and by YAML,
// before an unmodified nats-server, for the official client, Python's ssl and openssl.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import type { NatsConnection } from 'nats';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { NatsClient } from '../support/nats-client.ts';
import { clientTls, officialClient, startNatsServer } from '../support/nats-server.ts';
import { needs, programPath } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PYTHON_CLIENT = join(import.meta.dirname, '../support/nats-tls-client.py');

interface Way {
  readonly name: string;
  /** The command line behind `countersign`; may write files into the folder, where it is started. */
  readonly command: (folder: string, port: number, upstream: number) => Promise<readonly string[]>;
}

const HELLO = 'CONNECT {"verbose":false}';

const FLAGS = ['--tlscert=./server.crt', '--tlskey=./server.key', '--tlscacert=./ca.crt'];

const TLS = `cert_file: "./server.crt"
  key_file:  "./server.key"
  ca_file:   "./ca.crt"`;

function natsFile(more: string): Way['command'] {
  return async (folder, port, upstream) => {
    await writeFile(join(folder, 'server.conf'), `listen: "127.0.0.1:${port}"\n${more}`);
    const own = ['run', 'server.conf', '--adapter', 'nats'];
    return [...own, '--upstream', `nats://127.0.0.1:${upstream}`];
  };
}

function yamlFile(tls: string, more = ''): Way['command'] {
  return async (folder, port, upstream) => {
    await writeFile(
      join(folder, 'gateway.yaml'),
      `listeners:
  - listen: 127.0.0.1:${port}
    protocol: nats
    tls: { cert_file: server.crt, key_file: server.key, ca_file: ca.crt, ${tls} }
    upstream: nats://127.0.0.1:${upstream}
workers: 1
${more}`,
    );
    return ['run', 'gateway.yaml'];
  };
}

function flags(...more: readonly string[]): Way['command'] {
  return async (_folder, port, upstream) => {
    const ends = ['--listen', `127.0.0.1:${port}`, '--to', `nats://127.0.0.1:${upstream}`];
    return ['proxy', ...ends, ...FLAGS, ...more];
  };
}

const VERIFYING: readonly Way[] = [
  { name: 'nats-server file', command: natsFile(`tls {\n  ${TLS}\n  verify: true\n}\n`) },
  { name: 'flags', command: flags('--tlsverify') },
  { name: 'YAML', command: yamlFile('verify: true') },
];

const MAPPING: readonly Way[] = [
  {
    name: 'nats-server file',
    command: natsFile(`tls {
  ${TLS}
  verify_and_map: true
}
authorization {
  users = [
    {user: "derek@nats.io"}
    {user: "CN=example.com,OU=CNCF"}
  ]
}
`),
  },
  {
    name: 'flags',
    command: flags(
      '--tlsverify-and-map',
      '--user',
      'derek@nats.io',
      '--user',
      'CN=example.com,OU=CNCF',
    ),
  },
  {
    name: 'YAML',
    command: yamlFile(
      'verify_and_map: true',
      'authorization: { users: [{ user: derek@nats.io }, { user: "CN=example.com,OU=CNCF" }] }\n',
    ),
  },
];

describe('client certificates for NATS', needs('nats-server', 'openssl', 'python3'), () => {
  let certificates = '';
  before(async () => {
    certificates = await scenarioCertificates('messaging');
  });

  for (const { name, command } of VERIFYING) {
    test(`verify by ${name}`, async (t) => {
      const { port } = await start(t, certificates, command);
      await t.test('a certificate of the CA comes in, whoever it is', async () => {
        for (const client of ['derek', 'cncf', 'stranger']) {
          await echo(await officialClient(t, port, clientTls(certificates, client)), 'hello');
        }
        const { exitCode, output } = await python(certificates, 'derek', port, HELLO, 'PING');
        assert.equal(output, 'INFO\nPONG\r\n');
        assert.equal(exitCode, 0);
      });
      await refusals(t, certificates, port);
    });
  }

  for (const { name, command } of MAPPING) {
    test(`verify_and_map by ${name}`, async (t) => {
      const { port, gateway } = await start(t, certificates, command);
      await t.test('no name and no password: the certificate is the user', async () => {
        for (const [client, user] of [
          ['derek', 'derek@nats.io'],
          ['cncf', 'CN=example.com,OU=CNCF'],
        ] as const) {
          await echo(await officialClient(t, port, clientTls(certificates, client)), client);
          await gateway.waitForLog(
            (line) => line['event'] === 'handshake' && line['user'] === user,
          );
        }
      });
      await t.test('what the client calls itself is ignored, with a warning', async () => {
        const named = { user: 'admin', pass: 'guessed' };
        const client = await officialClient(t, port, clientTls(certificates, 'derek'), named);
        await echo(client, 'as derek');
        const warning = await gateway.waitForLog((line) => line['event'] === 'credentials-ignored');
        assert.deepEqual(
          [warning['user'], warning['sent'], warning['level']],
          ['derek@nats.io', 'admin', 'warn'],
        );
        assert.doesNotMatch(JSON.stringify(gateway.log), /guessed/);
      });
      await t.test('a certificate that is no user is told so', async () => {
        await assert.rejects(
          officialClient(t, port, clientTls(certificates, 'stranger')),
          /Authorization Violation/,
        );
        const raw = await NatsClient.connect(port, { folder: certificates, name: 'stranger' });
        assert.equal(await raw.end(), "-ERR 'Authorization Violation'\r\n");
        const { output } = await python(certificates, 'stranger', port);
        assert.equal(output, "INFO\n-ERR 'Authorization Violation'\r\n");
      });
      await refusals(t, certificates, port);
    });
  }
});

/** No certificate and one of another CA, in TLS and before anything was read. */
async function refusals(t: TestContext, certificates: string, port: number): Promise<void> {
  await t.test('without a certificate TLS fails', async () => {
    const { exitCode, output } = await python(certificates, '-', port, HELLO, 'PING');
    assert.equal(output, 'INFO\nSSLError TLSV13_ALERT_CERTIFICATE_REQUIRED\n');
    assert.equal(exitCode, 1);
    await assert.rejects(officialClient(t, port, clientTls(certificates, null)));
  });
  await t.test('with a certificate of another CA too', async () => {
    const { output } = await python(certificates, 'forged', port, HELLO, 'PING');
    assert.doesNotMatch(output, /PONG|ERR/);
    await assert.rejects(officialClient(t, port, clientTls(certificates, 'forged')));
  });
}

interface Running {
  readonly port: number;
  readonly gateway: GatewayProcess;
}

async function start(t: TestContext, certificates: string, command: Way['command']) {
  const folder = await temporaryFolder(t);
  for (const file of ['ca.crt', 'server.crt', 'server.key']) {
    await copyFile(join(certificates, file), join(folder, file));
  }
  const upstream = await startNatsServer(t);
  const port = await freePort();
  const gateway = await startGateway(t, await command(folder, port, upstream.port), {
    cwd: folder,
  });
  return { port, gateway } satisfies Running;
}

/** A message to itself and back. */
async function echo(client: NatsConnection, text: string): Promise<void> {
  const subscription = client.subscribe('echo', { max: 1 });
  client.publish('echo', text);
  for await (const message of subscription) assert.equal(message.string(), text);
  await client.close();
}

function python(
  folder: string,
  name: string,
  port: number,
  ...lines: readonly string[]
): Promise<{ exitCode: number; output: string }> {
  const pair = name === '-' ? ['-', '-'] : [`${name}.crt`, `${name}.key`];
  const args = [PYTHON_CLIENT, 'ca.crt', ...pair, String(port), ...lines];
  return new Promise((resolve) => {
    execFile(programPath('python3'), args, { cwd: folder }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}
