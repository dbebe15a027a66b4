// `countersign connect` against servers of others.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connectCommand, connectJson } from '../support/connect-command.ts';
import { freePort } from '../support/free-port.ts';
import { needs, programPath } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('connect to servers of others', needs('openssl', 'nginx', 'nats-server'), () => {
  let folder = '';
  before(async () => {
    folder = await scenarioCertificates('webServer');
  });
  const trust = ['--cacert', 'ca.crt'];
  const alice = ['--cert', 'client.crt', '--key', 'client.key'];

  test('nats-server, by its INFO line', async (t) => {
    const port = await natsServer(t, folder, ['--tlsverify']);
    const nats = [`localhost:${port}`, ...trust, '--starttls', 'nats'];
    const good = await connectJson(folder, ...nats, ...alice);
    assert.equal(good.status, 0, good.stderr);
    assert.equal(good.seen.greeting?.tlsVerify, true);
    assert.equal(good.seen.client.shown, true);
    assert.equal(good.seen.agreed.alpn, null);
    const none = await connectJson(folder, ...nats);
    assert.equal(none.status, 1);
    assert.equal(none.seen.outcome.late, true);
    // Go says bad_certificate where it misses one, until it learned certificate_required.
    assert.match(none.seen.outcome.alert?.name ?? '', /^(certificate_required|bad_certificate)$/);
    assert.match(none.seen.outcome.remedy.join('\n'), /issue client NAME/);
    const expired = await connectJson(
      folder,
      ...nats,
      '--cert',
      'expired.crt',
      '--key',
      'expired.key',
    );
    assert.equal(expired.status, 1);
    assert.match(expired.seen.outcome.remedy.join('\n'), /expired/);
    const atOnce = await connectCommand(folder, `localhost:${port}`, ...trust);
    assert.equal(atOnce.status, 1);
    assert.match(atOnce.stdout, /to do +add --starttls nats$/m);
  });

  test('nats-server without TLS', async (t) => {
    const port = await natsServer(t, folder, []);
    const { status, stderr } = await connectCommand(
      folder,
      `localhost:${port}`,
      '--starttls',
      'nats',
      '--cacert',
      'ca.crt',
    );
    assert.equal(status, 1);
    assert.match(stderr, /the server offers no TLS/);
  });

  test('nginx, which asks in TLS and insists in HTTP', async (t) => {
    const port = await nginx(t, folder);
    const address = `localhost:${port}`;
    const none = await connectJson(folder, address, ...trust);
    assert.equal(none.status, 0, none.stderr);
    assert.equal(none.seen.client.askedFor, true);
    assert.deepEqual(none.seen.client.authorities, ['CN=Private-CA,O=Example']);
    const old = ['--tls-max', '1.2'];
    const [good, older] = await Promise.all([
      connectJson(folder, address, ...trust, ...alice),
      connectJson(folder, address, ...trust, ...alice, ...old),
    ]);
    assert.deepEqual([good.status, older.status], [0, 0], good.stderr + older.stderr);
    assert.deepEqual([good.seen.client.shown, older.seen.client.shown], [true, true]);
    assert.equal(older.seen.agreed.version, 'TLSv1.2');
    const compared = await connectCommand(folder, address, ...trust, ...alice, '--compare');
    assert.equal(compared.status, 0, compared.stderr);
    assert.match(compared.stdout, /^messages sent +3 +4 +\+1$/m);
  });

  test('openssl s_server, which refuses by alert what it does not trust', async (t) => {
    const port = await freePort();
    const child = spawn(
      programPath('openssl'),
      [
        's_server',
        '-accept',
        `${port}`,
        '-quiet',
        '-verify_return_error',
        '-Verify',
        '2',
        '-cert',
        'server.crt',
        '-key',
        'server.key',
        '-CAfile',
        'ca.crt',
      ],
      { cwd: folder, stdio: ['pipe', 'ignore', 'ignore'] },
    );
    t.after(() => child.kill());
    await listening(port);
    for (const [name, alert] of [
      ['expired', 'certificate_expired'],
      ['server', 'unknown_ca'],
    ] as const) {
      const [cert, key] = name === 'server' ? await stranger(t) : [`${name}.crt`, `${name}.key`];
      const late = await connectJson(
        folder,
        `localhost:${port}`,
        ...trust,
        '--cert',
        cert,
        '--key',
        key,
      );
      assert.equal(late.status, 1);
      assert.equal(late.seen.outcome.late, true);
      assert.equal(late.seen.outcome.alert?.name, alert);
      assert.ok(late.seen.outcome.remedy.length > 0);
    }
  });
});

/** A certificate of nobody's CA. */
async function stranger(t: TestContext): Promise<readonly [cert: string, key: string]> {
  const folder = await temporaryFolder(t);
  const [cert, key] = [join(folder, 's.crt'), join(folder, 's.key')];
  const child = spawn(
    programPath('openssl'),
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=stranger',
      '-days',
      '3',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  );
  await new Promise((resolve) => child.once('exit', resolve));
  return [cert, key];
}

async function natsServer(
  t: TestContext,
  folder: string,
  flags: readonly string[],
): Promise<number> {
  const port = await freePort();
  const tls = ['--tlscert', 'server.crt', '--tlskey', 'server.key', '--tlscacert', 'ca.crt'];
  const child = spawn(
    programPath('nats-server'),
    ['-a', '127.0.0.1', '-p', `${port}`, ...(flags.length === 0 ? [] : [...flags, ...tls])],
    { cwd: folder, stdio: 'ignore' },
  );
  t.after(() => child.kill());
  await listening(port);
  return port;
}

async function nginx(t: TestContext, certificates: string): Promise<number> {
  const port = await freePort();
  const folder = await temporaryFolder(t);
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http {
  access_log off; client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b;
  fastcgi_temp_path ${folder}/c; uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
  server {
    listen 127.0.0.1:${port} ssl; server_name localhost;
    ssl_certificate ${certificates}/server.crt; ssl_certificate_key ${certificates}/server.key;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_client_certificate ${certificates}/ca.crt; ssl_verify_client on;
  }
}
`,
  );
  const child = spawn(programPath('nginx'), ['-p', folder, '-c', file], { stdio: 'ignore' });
  t.after(() => child.kill());
  await listening(port);
  return port;
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('connect', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await delay(20);
  }
}
