import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommandLine } from '../command-line.ts';
import type { CliContext } from '../context.ts';

const VECTORS = join(import.meta.dirname, '../../../test/vectors/config');

async function check(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const context: CliContext = {
    stdout: (text) => (out += text),
    stderr: (text) => (err += text),
    env: { GATEWAY_PORT: '9443', VERIFY: 'true', EMPTY: '' },
    cwd: join(VECTORS, 'valid'),
    program: 'countersign',
    now: () => Date.parse('2027-01-01'),
    askSecret: async () => null,
  };
  const status = await runCommandLine(['check', ...words], '0.0.0', context);
  return { status, out, err };
}

test('a valid configuration: status 0 and what it amounts to', async () => {
  const { status, out, err } = await check('sample.yaml');
  assert.deepEqual(
    { status, out, err },
    {
      status: 0,
      out: 'sample.yaml: valid, 1 listener, 2 certificates\n',
      err: '',
    },
  );
});

test('variables come from the environment', async () => {
  assert.equal((await check('variables.yaml')).status, 0);
});

test('warnings are printed and leave the status at 0', async () => {
  const { status, err } = await check('all-certificates-apart.json');
  assert.equal(status, 0);
  assert.match(err, /^all-certificates-apart\.json:5:12: warning: .* does not carry .*\n$/);
});

test('errors: one a line as file:line:column: message, status 1, nothing on standard output', async () => {
  const { status, out, err } = await check('../invalid/users.yaml');
  assert.equal(status, 1);
  assert.equal(out, '');
  const lines = err.trimEnd().split('\n');
  assert.equal(lines.length, 5);
  for (const line of lines) assert.match(line, /^\.\.\/invalid\/users\.yaml:\d+:\d+: \S/);
});

test('a file that is not there: status 1 and its name', async () => {
  const { status, err } = await check('absent.yaml');
  assert.equal(status, 1);
  assert.equal(err, 'absent.yaml: cannot read the configuration: no such file\n');
});

test('--json prints problems as data, with the same status', async () => {
  const invalid = await check('../invalid/authority.yaml', '--json');
  assert.equal(invalid.status, 1);
  assert.equal(invalid.err, '');
  const { valid, errors, warnings } = JSON.parse(invalid.out) as {
    valid: boolean;
    errors: { file: string; line: number; column: number; message: string }[];
    warnings: unknown[];
  };
  assert.deepEqual([valid, warnings], [false, []]);
  assert.deepEqual(
    errors.map(({ file, line, column }) => `${file}:${line}:${column}`),
    ['../invalid/authority.yaml:3:12'],
  );
  assert.equal((await check('sample.yaml', '--json')).status, 0);
});

test('no file named: wrong usage, status 2', async () => {
  assert.equal((await check()).status, 2);
});
