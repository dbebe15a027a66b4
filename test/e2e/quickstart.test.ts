// What a stranger types on a fresh machine: npm start, then the command that it prints.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { needs } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CHECKOUT = join(import.meta.dirname, '../..');

interface Started {
  /** The curl command as printed, its continued lines joined. */
  readonly command: string;
  readonly output: string;
  /** What Ctrl-C does: SIGINT for everything that npm started. Resolves to how npm ended. */
  interrupt(): Promise<number | NodeJS.Signals | null>;
}

async function npmStart(t: TestContext, args: readonly string[]): Promise<Started> {
  const child = spawn('npm', ['start', '--', ...args], {
    cwd: CHECKOUT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal)),
  );
  let output = '';
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // Nothing of it is left.
    }
  };
  t.after(() => signal('SIGKILL'));
  const command = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no curl command in 30 s:\n${output}`)),
      30_000,
    );
    const look = (chunk: Buffer): void => {
      output += chunk.toString();
      const [, found] = /^[\s$│|]*(curl (?:[^\n]*\\\n)*[^\n]*)\n/m.exec(output) ?? [];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found.replaceAll(/\\\n[\s│|]*/g, ' '));
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    void ended.then((code) => reject(new Error(`npm start ended with ${code}:\n${output}`)));
  });
  return {
    command,
    output,
    interrupt: async () => {
      signal('SIGINT');
      return ended;
    },
  };
}

async function runPrinted(command: string): Promise<string> {
  // The command comes from a listening gateway; a moment may pass between printing and listening.
  const patient = `${command} --retry 5 --retry-connrefused --retry-delay 1 -sS`;
  const { stdout } = await promisify(execFile)('sh', ['-c', patient], { cwd: CHECKOUT });
  return stdout;
}

function filesOf(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile() && /\.(crt|key)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path, 'utf8')]),
  );
}

test('npm start, and the command it prints', needs('curl'), async (t) => {
  const folder = join(await temporaryFolder(t), 'made-by-quickstart');
  const port = await freePort();
  const args = ['--dir', folder, '--listen', `127.0.0.1:${port}`];
  args.push('--admin', `127.0.0.1:${await freePort()}`);

  const first = await npmStart(t, args);
  const made = filesOf(folder);

  await t.test('it made a CA, a server and a client certificate, keys for the owner alone', () => {
    assert.ok(made.has(join(folder, 'ca.crt')), [...made.keys()].join('\n'));
    const keys = [...made.keys()].filter((path) => path.endsWith('.key'));
    assert.ok(keys.length >= 3);
    for (const key of keys) assert.equal(statSync(key).mode & 0o777, 0o600, key);
  });

  await t.test('the printed command is answered with the identity', async () => {
    const answer: unknown = JSON.parse(await runPrinted(first.command));
    const text = JSON.stringify(answer);
    assert.match(text, /CN=/, 'the subject');
    assert.match(text, /SUCCESS/, 'the verification');
    assert.match(text, /TLSv1\.3/, 'the TLS version');
  });

  await t.test('without the certificate it is not answered', async () => {
    const bare = first.command.replaceAll(/--?(cert|key|E)\s+\S+/g, '');
    assert.notEqual(bare, first.command);
    await assert.rejects(promisify(execFile)('sh', ['-c', `${bare} -sS`]), /alert|SSL/);
  });

  await t.test('Ctrl-C ends it', async () => {
    // npm ends by the signal itself once what it started has ended.
    const status = await first.interrupt();
    assert.ok(status === 'SIGINT' || status === 0 || status === 130, String(status));
  });

  await t.test('a second run keeps the certificates', async () => {
    const second = await npmStart(t, args);
    assert.deepEqual(filesOf(folder), made);
    assert.equal(second.command, first.command);
    assert.match(await runPrinted(second.command), /CN=/);
    await second.interrupt();
  });
});
