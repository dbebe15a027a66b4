// Runs an example as its README tells it: what it says is typed, and what it shows is compared.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';

const ROOT = join(import.meta.dirname, '../..');

/** For how long a command is repeated until it shows what it should: servers are started by the block before it. */
const PATIENCE_MS = 20_000;
const AGAIN_MS = 200;

/**
 * Types the blocks of `examples/NAME/README.md` in a copy of the folder, other ports in the place of `ports`.
 * A block marked `sh` is run as it is, once, and must succeed; what it leaves running ends with the test. In
 * a block marked `console` each command behind `$ ` is repeated until it prints the lines below it, where
 * `...` stands for anything: on a line of its own for lines.
 */
export async function runExample(
  t: TestContext,
  name: string,
  ports: readonly number[],
): Promise<void> {
  const folder = await temporaryFolder(t);
  await cp(join(ROOT, 'examples', name), folder, { recursive: true });
  await replacePorts(folder, ports);
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const shell = new Shell(t, folder);
  await shell.prepare();
  const blocks = [...readme.matchAll(/^```(sh|console)\n(.*?)^```$/gms)];
  assert.ok(blocks.length > 1, `${name}: nothing to type`);
  for (const [, kind, text = ''] of blocks) {
    if (kind === 'sh') {
      const { status, output } = await shell.run(text);
      assert.equal(status, 0, `${text}\n${output}`);
    } else {
      for (const { command, shown } of commandsIn(text)) await shell.expect(command, shown);
    }
  }
}

async function replacePorts(folder: string, ports: readonly number[]): Promise<void> {
  const free = new Map<string, string>();
  for (const port of ports) free.set(String(port), String(await freePort()));
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const file of files) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    const text = await readFile(path, 'utf8');
    const replaced = text.replace(/\b\d{4,5}\b/g, (number) => free.get(number) ?? number);
    await writeFile(path, replaced);
  }
}

interface Shown {
  readonly command: string;
  readonly shown: string;
}

function commandsIn(block: string): Shown[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const end = /(?<!\\)\n/.exec(text)?.index ?? text.length;
      return { command: text.slice(0, end), shown: text.slice(end + 1).trimEnd() };
    });
}

class Shell {
  readonly #folder: string;
  readonly #groups: number[] = [];
  #outputs = 0;

  constructor(t: TestContext, folder: string) {
    this.#folder = folder;
    t.after(() => {
      for (const group of this.#groups) killGroup(group);
    });
  }

  /** `countersign` and `node` are this checkout's, and its packages can be imported. */
  async prepare(): Promise<void> {
    const bin = join(this.#folder, '.bin');
    await mkdir(bin);
    await symlink(process.execPath, join(bin, 'node'));
    const command = join(bin, 'countersign');
    const entry = join(ROOT, 'bin/countersign.js');
    await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`);
    await chmod(command, 0o755);
    const packages = join(this.#folder, 'node_modules');
    await mkdir(packages);
    await symlink(ROOT, join(packages, 'countersign'));
    for (const name of ['nats', '@grpc']) {
      await symlink(join(ROOT, 'node_modules', name), join(packages, name));
    }
  }

  async run(script: string): Promise<{ readonly status: number; readonly output: string }> {
    const path = join(this.#folder, `.output-${this.#outputs++}`);
    const file = openSync(path, 'w');
    const shell = spawn('bash', ['-ec', script], {
      cwd: this.#folder,
      env: { ...process.env, PATH: `${this.#folder}/.bin:${process.env['PATH']}` },
      stdio: ['ignore', file, file],
      detached: true,
    });
    closeSync(file);
    if (shell.pid !== undefined) this.#groups.push(shell.pid);
    const [status] = (await once(shell, 'exit')) as [number | null];
    const output = await readFile(path, 'utf8');
    return { status: status ?? 1, output };
  }

  async expect(command: string, shown: string): Promise<void> {
    const pattern = patternOf(shown);
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const { output } = await this.run(command);
      if (pattern.test(`${output.trimEnd()}\n`)) return;
      if (Date.now() > until) assert.equal(output.trimEnd(), shown, command);
      await sleep(AGAIN_MS);
    }
  }
}

function patternOf(shown: string): RegExp {
  const lines = shown.split('\n').map((line) => {
    if (line.trim() === '...') return '(?:.*\\n)*';
    return `${line.split('...').map(escaped).join('.*')}\\n`;
  });
  return new RegExp(`^${lines.join('')}$`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nothing of it was left running.
  }
}
