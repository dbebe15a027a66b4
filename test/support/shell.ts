// A folder in which command lines are run, in this process.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runCommandLine } from '../../src/cli/command-line.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { temporaryFolder } from './temporary-folder.ts';

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder in which command lines are run; `answers` are what the user types when asked for a secret. */
export class Shell {
  readonly folder: string;
  readonly questions: string[] = [];
  now = Date.now();
  env: Record<string, string> = {};
  answers: string[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  static async open(
    t: Pick<TestContext, 'after'>,
    ...first: readonly (readonly string[])[]
  ): Promise<Shell> {
    const shell = new Shell(await temporaryFolder(t));
    for (const words of first) assert.equal((await shell.run(...words)).status, 0);
    return shell;
  }

  async run(...words: readonly string[]): Promise<Outcome> {
    let stdout = '';
    let stderr = '';
    const context: CliContext = {
      stdout: (text) => (stdout += text),
      stderr: (text) => (stderr += text),
      env: this.env,
      cwd: this.folder,
      program: 'countersign',
      now: () => this.now,
      askSecret: async (question) => {
        this.questions.push(question);
        return this.answers.shift() ?? null;
      },
    };
    const status = await runCommandLine(words, '1.2.3', context);
    return { status, stdout, stderr };
  }

  async json(...words: readonly string[]): Promise<Record<string, unknown>> {
    const { status, stdout, stderr } = await this.run(...words, '--json');
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  }

  /** Runs and expects status 1 and one line on standard error. */
  async failure(...words: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(...words);
    assert.equal(status, 1, stdout);
    assert.match(stderr, /^countersign \w+: [^\n]+\n$/);
    assert.equal(stdout, '');
    return stderr;
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  write(path: string, text: string): void {
    writeFileSync(this.path(path), text);
  }

  remove(path: string): void {
    rmSync(this.path(path));
  }

  text(...parts: readonly string[]): string {
    return readFileSync(this.path(...parts), 'utf8');
  }

  openssl(...args: readonly string[]): string {
    return execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' }).toString();
  }
}
