// The hello world of mutual TLS as a few lines with the library, both halves, beside curl.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples/hello-world');

test('hello world with the library', needs('curl', 'openssl'), async (t) => {
  const cwd = await scenarioCertificates('helloWorld');
  const port = await freePort();
  const env = { ...process.env, PORT: String(port) };
  const server = spawn(process.execPath, [join(EXAMPLES, 'server.ts')], { cwd, env });
  t.after(() => server.kill());
  await listening(port);
  const client = (): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, [join(EXAMPLES, 'client.ts')], { cwd, env });

  await t.test('the client prints the greeting', async () => {
    assert.equal((await client()).stdout, 'Hello World\n');
  });

  await t.test('curl prints it too, as text/plain', async () => {
    const args = ['--cacert', 'ca.crt', '--key', 'client.key', '--cert', 'client.crt'];
    const answer = await curl([...args, `https://localhost:${port}`], { cwd });
    assert.equal(answer.body, 'Hello World', answer.verbose);
    assert.equal(answer.headers.get('content-type'), 'text/plain');
  });

  await t.test('without a certificate the handshake fails', async () => {
    const answer = await curl(['--cacert', 'ca.crt', `https://localhost:${port}`], { cwd });
    assert.equal(answer.exitCode, 56);
    assert.match(answer.verbose, /certificate required/);
    assert.equal(answer.status, null);
  });

  for (const half of ['server.ts', 'client.ts']) {
    await t.test(`${half} stays under twenty lines`, () => {
      const lines = readFileSync(join(EXAMPLES, half), 'utf8').trim().split('\n');
      assert.ok(lines.length < 20, `${lines.length} lines`);
    });
  }
});

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, 'localhost', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(100);
  }
  throw new Error(`nothing listens on ${port}`);
}
