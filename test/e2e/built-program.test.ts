import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

const BIN = join(import.meta.dirname, '../../bin');
const BUILT = 'dist/program/countersign.js';
const SOURCE = 'src/cli/main.ts';

describe('the program that the command line runs', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'countersign-program-'));
    cpSync(BIN, join(root, 'bin'), { recursive: true });
    writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** The file with this text, and everything on the way to it, as of `second`. */
  const write = (file: string, text: string, second: number): void => {
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    for (let at = path; at !== root; at = dirname(at)) utimesSync(at, second, second);
  };
  const program = (name: string): string =>
    `export const main = async (argv) => console.log('${name}', ...argv);\n`;
  const run = () => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [join(root, 'bin/countersign.js'), 'x'],
      { encoding: 'utf8' },
    );
    return { stdout, stderr, status };
  };

  it('is what was built of the source, also without the source', () => {
    write(SOURCE, program('source'), 100);
    write(BUILT, program('built'), 200);
    assert.deepEqual(run(), { stdout: 'built x\n', stderr: '', status: 0 });
    rmSync(join(root, 'src'), { recursive: true });
    assert.deepEqual(run(), { stdout: 'built x\n', stderr: '', status: 0 });
  });

  it('is the source where that is newer, where a file went away, or where nothing was built', () => {
    write(BUILT, program('built'), 200);
    write(SOURCE, program('source'), 100);
    write('src/pki/other.ts', '', 300);
    assert.equal(run().stdout, 'source x\n');
    write('src/pki/other.ts', '', 100);
    assert.equal(run().stdout, 'built x\n');
    rmSync(join(root, 'src/pki/other.ts'));
    assert.equal(run().stdout, 'source x\n');
    rmSync(join(root, 'dist'), { recursive: true });
    assert.equal(run().stdout, 'source x\n');
  });

  it('is the source where packages were changed since', () => {
    write(SOURCE, program('source'), 100);
    write(BUILT, program('built'), 200);
    write('package-lock.json', '{}', 300);
    assert.equal(run().stdout, 'source x\n');
  });

  it('is missed in one line where there is neither', () => {
    const { stderr, status } = run();
    assert.equal(stderr, 'countersign: neither dist nor src is there; install the package again\n');
    assert.equal(status, 1);
  });
});
