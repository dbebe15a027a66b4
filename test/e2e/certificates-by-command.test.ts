// The certificate commands as a user types them: one process each, in a folder of their own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { needs, programPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ENTRY = join(import.meta.dirname, '../../bin/countersign.js');

test(
  'init, issue and inspect work as typed, with plain paths and exit statuses',
  needs('openssl'),
  async (t) => {
    const cwd = await temporaryFolder(t);
    const countersign = (...words: string[]) => {
      const done = spawnSync(process.execPath, [ENTRY, ...words], {
        cwd,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return { status: done.status, stdout: done.stdout, stderr: done.stderr };
    };
    const umask = process.umask(0);
    t.after(() => process.umask(umask));

    const init = countersign('init');
    assert.equal(init.status, 0, init.stderr);
    assert.match(init.stdout, /^Wrote \.countersign\/ca\.crt: /);
    assert.match(
      init.stdout,
      /\nNext: node .*bin\/countersign\.js issue server localhost 127\.0\.0\.1\n$/,
    );

    const issued = countersign('issue', 'client', 'alice', '--p12', 'alice.p12');
    assert.match(
      issued.stdout,
      /^Wrote \.countersign\/alice\.crt and \.countersign\/alice\.key \(valid until /,
    );
    assert.match(issued.stdout, /its password, shown only now: \S+/);
    const mode = (path: string) => statSync(join(cwd, path)).mode & 0o777;
    assert.deepEqual(readdirSync(join(cwd, '.countersign')).toSorted(), [
      'alice.crt',
      'alice.key',
      'ca',
      'ca.crl',
      'ca.crt',
    ]);
    assert.deepEqual(
      ['.countersign', '.countersign/alice.key', '.countersign/ca/root.key', 'alice.p12'].map(mode),
      [0o700, 0o600, 0o600, 0o600],
    );

    const verified = spawnSync(
      programPath('openssl'),
      [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslclient',
        '-CAfile',
        '.countersign/ca.crt',
        '-untrusted',
        '.countersign/alice.crt',
        '.countersign/alice.crt',
      ],
      { cwd, encoding: 'utf8' },
    );
    assert.equal(verified.stdout, '.countersign/alice.crt: OK\n', verified.stderr);

    const again = countersign('issue', 'client', 'alice');
    assert.deepEqual(again, {
      status: 1,
      stdout: '',
      stderr:
        'countersign issue: .countersign/alice.key exists already; use --force to replace it, or --out for another folder\n',
    });
    assert.equal(countersign('issue', 'client').status, 2);

    const piped = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${ENTRY}" inspect .countersign/alice.crt | head -n 1`],
      { cwd, encoding: 'utf8' },
    );
    assert.deepEqual([piped.stdout, piped.stderr], ['.countersign/alice.crt: PEM, 2 parts\n', '']);
  },
);
