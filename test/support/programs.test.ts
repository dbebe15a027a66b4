import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs, programPath, programsNamedIn } from './programs.ts';

test('finds the programs that a test names, and only those', () => {
  assert.deepEqual(programsNamedIn("test('x', needs('curl', 'nginx'), () => {});"), [
    'curl',
    'nginx',
  ]);
  assert.deepEqual(
    programsNamedIn(
      "import { execFile } from 'node:child_process';\nexecFile('openssl', ['x509']);",
    ),
    ['openssl'],
  );
  assert.deepEqual(programsNamedIn("const name = 'nginx';"), []);
});

test('a program that is there is no reason to skip', needs('openssl'), () => {
  assert.equal(needs('openssl').skip, false);
  assert.match(programPath('openssl'), /^\/.*openssl$/);
});

test('a missing program skips with a line that names the package, and fails in CI', (t) => {
  const { PATH, CI } = process.env;
  t.after(() => Object.assign(process.env, { PATH }));
  t.after(() => {
    if (CI === undefined) delete process.env['CI'];
    else process.env['CI'] = CI;
  });
  process.env['PATH'] = '/nonexistent';
  delete process.env['CI'];
  assert.deepEqual(needs('certtool', 'gnutls-cli', 'h2load'), {
    skip: 'needs certtool, gnutls-cli, h2load: apt-get install gnutls-bin nghttp2-client',
  });
  process.env['CI'] = 'true';
  assert.throws(() => needs('wrk'), /needs wrk: apt-get install wrk/);
});
