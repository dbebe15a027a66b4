import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { text as readText } from 'node:stream/consumers';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { LineFile } from './line-file.ts';

const whole = (text: string, memory: Buffer, at: number): number =>
  at + memory.write(text, at, 'latin1');

/** Appends numbered lines of various lengths, then closes. */
const WRITER = `
import { LineFile } from ${JSON.stringify(join(import.meta.dirname, 'line-file.ts'))};
const [path, name] = process.argv.slice(1);
const file = new LineFile(path === 'stdout' ? null : path);
const whole = (text, memory, at) => at + memory.write(text, at, 'latin1');
let at = 0;
const more = () => {
  for (const end = at + 500; at < end; at++) file.append(whole, name + ' ' + at + ' ' + 'x'.repeat(at % 1000) + ' end\\n');
  if (at < 5000) setImmediate(more);
  else file.close();
};
more();
`;

function writer(path: string, name: string): ReturnType<typeof spawn> {
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', WRITER, path, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function check(written: string, names: readonly string[]): void {
  const lines = written.trimEnd().split('\n');
  assert.equal(lines.length, names.length * 5000);
  for (const name of names) {
    const own = lines.filter((line) => line.startsWith(`${name} `));
    for (const [at, line] of own.entries()) {
      assert.equal(line, `${name} ${at} ${'x'.repeat(at % 1000)} end`);
    }
  }
}

test('lines of two processes in one file stay whole and in order', async (t) => {
  const path = join(await temporaryFolder(t), 'log');
  await Promise.all(['a', 'b'].map((name) => once(writer(path, name), 'close')));
  check(readFileSync(path, 'latin1'), ['a', 'b']);
  assert.equal(statSync(path).mode & 0o777, 0o640);
});

test('so they do in one pipe', async () => {
  const shell = spawn(
    'sh',
    [
      '-c',
      '"$0" --input-type=module-typescript -e "$1" stdout a & "$0" --input-type=module-typescript -e "$1" stdout b; wait',
      process.execPath,
      WRITER,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  check(await readText(shell.stdout), ['a', 'b']);
});

test('a renamed file is left for a new one, and no line is lost', async (t) => {
  const path = join(await temporaryFolder(t), 'log');
  const file = new LineFile(path);
  t.after(() => file.close());
  file.append(whole, '0\n');
  while (readFileSync(path, 'latin1') === '') await delay(10);
  renameSync(path, `${path}.1`);
  let count = 1;
  while (!existsSync(path)) {
    file.append(whole, `${count++}\n`);
    await delay(50);
  }
  file.close();
  while (!readFileSync(path, 'latin1').includes(`${count - 1}\n`)) await delay(10);
  const all = readFileSync(`${path}.1`, 'latin1') + readFileSync(path, 'latin1');
  assert.equal(all, Array.from({ length: count }, (_, at) => `${at}\n`).join(''));
});

test('what can not be written is counted, and nothing is thrown', async () => {
  const file = new LineFile('/dev/full');
  for (let count = 0; count < 1000; count++) file.append(whole, `${'x'.repeat(99)}\n`);
  while (file.dropped < 1000) await delay(10);
  file.append(whole, 'another\n');
  file.close();
  while (file.dropped < 1001) await delay(10);
  assert.equal(file.dropped, 1001);
});

test('lines that are still to be made are made before they are written, and before the file is closed', async (t) => {
  const path = join(await temporaryFolder(t), 'log');
  const noted: string[] = [];
  const file: LineFile = new LineFile(path, () => {
    for (const text of noted.splice(0)) file.append(whole, text);
  });
  noted.push('1\n', '2\n');
  file.expect();
  while (readFileSync(path, 'latin1') !== '1\n2\n') await delay(10);
  noted.push('3\n');
  file.expect();
  file.close();
  while (readFileSync(path, 'latin1') !== '1\n2\n3\n') await delay(10);
});

test('a file that can not be opened is told at once', () => {
  assert.throws(() => new LineFile('/nowhere/at/all'), { code: 'ENOENT' });
});
