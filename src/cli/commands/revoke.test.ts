import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { needs } from '../../../test/support/programs.ts';
import { Shell } from '../../../test/support/shell.ts';

const DAY = 86_400_000;

describe('the journal of a CA', () => {
  test('lists what was issued, the newest first, by state, name and expiry', async (t) => {
    const shell = await Shell.open(t, ['init'], ['issue', 'client', 'alice', '--days', '3']);
    shell.now += 1000;
    await shell.run('issue', 'server', 'api.example.com');
    const names = async (...words: string[]): Promise<string[]> => {
      const entries = (await shell.json('list', ...words)) as unknown as { subject: string }[];
      return entries.map(({ subject }) => subject);
    };
    assert.deepEqual(await names(), ['CN=api.example.com', 'CN=alice']);
    assert.deepEqual(await names('ALICE'), ['CN=alice']);
    assert.deepEqual(await names('%'), [], 'a pattern is no wildcard');
    assert.deepEqual(await names('--profile', 'server'), ['CN=api.example.com']);
    assert.deepEqual(await names('--expiring', '7'), ['CN=alice']);
    shell.now += 4 * DAY;
    assert.deepEqual(await names('--status', 'expired'), ['CN=alice']);
    assert.deepEqual(await names('--status', 'valid'), ['CN=api.example.com']);
    assert.deepEqual(await names('--status', 'revoked'), []);
    const { stdout } = await shell.run('list');
    assert.match(
      stdout,
      /^STATUS +EXPIRES +PROFILE +SERIAL +NAME\nvalid +\d{4}-\d\d-\d\d +server /,
    );
  });

  test('says where nothing was issued what to type', async (t) => {
    const shell = await Shell.open(t, ['init']);
    assert.match((await shell.run('list')).stdout, /Next: countersign issue client alice\n$/);
  });

  test('belongs to one CA: another in the same folder begins anew', async (t) => {
    const shell = await Shell.open(t, ['init'], ['issue', 'client', 'alice'], ['init', '--force']);
    assert.deepEqual(await shell.json('list'), []);
    assert.match(await shell.failure('revoke', '.countersign/alice.crt'), /did not issue/);
  });
});

describe('revoke', () => {
  test('names the certificate by file, serial number, or its first digits', async (t) => {
    const shell = await Shell.open(
      t,
      ['init'],
      ['issue', 'client', 'a'],
      ['issue', 'client', 'b'],
      ['issue', 'client', 'c'],
    );
    const serial = (name: string): string =>
      shell.openssl('x509', '-noout', '-serial', '-in', `.countersign/${name}.crt`).trim().slice(7);
    assert.match(
      (await shell.run('revoke', '.countersign/a.crt', '--reason', 'superseded')).stdout,
      /^Revoked CN=a \(serial number [0-9a-f]+\): superseded\nWrote \S+ca\.crl\n$/,
    );
    assert.equal(
      (await shell.json('revoke', serial('b').replace(/..(?!$)/g, '$&:')))['subject'],
      'CN=b',
    );
    assert.equal((await shell.json('revoke', serial('c').slice(0, 10)))['subject'], 'CN=c');
    const revoked = await shell.json('list', '--status', 'revoked');
    assert.equal(revoked['length'], 3);
  });

  test('a second time changes nothing', async (t) => {
    const shell = await Shell.open(t, ['init'], ['issue', 'client', 'a']);
    const first = await shell.json('revoke', '.countersign/a.crt', '--reason', 'keyCompromise');
    shell.now += DAY;
    const second = await shell.json('revoke', '.countersign/a.crt', '--reason', 'superseded');
    assert.deepEqual(
      [second['reason'], second['revokedAt'], second['alreadyRevoked']],
      ['keyCompromise', first['revokedAt'], true],
    );
  });

  test('what the CA did not issue can not be revoked', async (t) => {
    const shell = await Shell.open(t, ['init'], ['issue', 'client', 'a']);
    assert.match(await shell.failure('revoke', 'ffffffffffffffff'), /no certificate of this/);
    assert.match(await shell.failure('revoke', 'nonsense!'), /neither a file nor a serial/);
    assert.match(await shell.failure('revoke', '.countersign/ca.crt'), /did not issue/);
    writeFileSync(shell.path('x.txt'), 'no certificate');
    assert.match(await shell.failure('revoke', 'x.txt'), /x\.txt: /);
    assert.equal((await shell.run('revoke', 'a', '--reason', 'whim')).status, 2);
  });

  test('is what openssl reads in the list, chain and all', needs('openssl'), async (t) => {
    const shell = await Shell.open(t, ['init'], ['issue', 'client', 'a'], ['issue', 'client', 'b']);
    await shell.run('revoke', '.countersign/a.crt', '--reason', 'keyCompromise');
    const verify = (name: string): string => {
      const leaf = `.countersign/${name}.crt`;
      const lists = ['-crl_check_all', '-CRLfile', '.countersign/ca.crl'];
      return shell.openssl(
        'verify',
        '-x509_strict',
        '-CAfile',
        '.countersign/ca.crt',
        ...lists,
        '-untrusted',
        leaf,
        leaf,
      );
    };
    assert.match(verify('b'), /: OK/);
    assert.throws(() => verify('a'), /certificate revoked/);
    const text = shell.openssl('crl', '-noout', '-text', '-in', '.countersign/ca.crl');
    assert.match(text, /CRL Reason Code: \n\s+Key Compromise/);
  });

  test('leaves what has expired out of the list', needs('openssl'), async (t) => {
    const shell = await Shell.open(t, ['init'], ['issue', 'client', 'a', '--days', '1']);
    await shell.run('revoke', '.countersign/a.crt');
    shell.now += 2 * DAY;
    assert.match((await shell.run('crl')).stdout, /1 certificate revoked/);
    shell.now += 7 * DAY;
    assert.match(
      (await shell.run('crl', '--out', 'copy.crl')).stdout,
      /copy\.crl: 0 certificates revoked/,
    );
    assert.deepEqual(
      readFileSync(shell.path('copy.crl')),
      readFileSync(shell.path('.countersign/ca.crl')),
    );
    assert.match(
      shell.openssl('crl', '-noout', '-text', '-in', 'copy.crl'),
      /No Revoked Certificates/,
    );
  });
});

describe('renew', () => {
  test('keeps names and life, replaces key and files, and what was before stays valid', async (t) => {
    const shell = await Shell.open(
      t,
      ['init'],
      ['issue', 'server', 'api.example.com', '127.0.0.1', '--days', '9', '--key-type', 'p384'],
    );
    const file = '.countersign/api.example.com.crt';
    const before = await shell.json('inspect', file);
    const key = shell.text('.countersign/api.example.com.key');
    shell.now += 2 * DAY;
    assert.match((await shell.run('renew', file)).stdout, /^Renewed .*: valid until /);
    const subject = shell.openssl(
      'x509',
      '-noout',
      '-subject',
      '-ext',
      'subjectAltName',
      '-in',
      file,
    );
    assert.match(
      subject,
      /api\.example\.com\n.*\n.*DNS:api\.example\.com, IP Address:127\.0\.0\.1/,
    );
    assert.notEqual(shell.text('.countersign/api.example.com.key'), key);
    assert.match(
      shell.openssl('pkey', '-noout', '-text', '-in', file.replace('crt', 'key')),
      /P-384/,
    );
    const listed = (await shell.json('list')) as unknown as { status: string; notAfter: string }[];
    assert.deepEqual(
      listed.map(({ status }) => status),
      ['valid', 'valid'],
    );
    assert.equal(Date.parse(listed[0].notAfter) - Date.parse(listed[1].notAfter), 2 * DAY);
    assert.notDeepEqual(await shell.json('inspect', file), before);
  });

  test('keeps the key where told to, and leaves alone what is not due', async (t) => {
    const shell = await Shell.open(t, ['init'], ['issue', 'client', 'a', '--days', '9']);
    const file = '.countersign/a.crt';
    const key = shell.text('.countersign/a.key');
    shell.now += 5 * DAY;
    assert.match((await shell.run('renew', file, '--due')).stdout, /is not due/);
    shell.now += 2 * DAY;
    assert.match((await shell.run('renew', file, '--due', '--same-key')).stdout, /^Renewed/);
    assert.equal(shell.text('.countersign/a.key'), key);
  });

  test('nothing that was revoked, that is another CA’s, or that lacks its key', async (t) => {
    const shell = await Shell.open(
      t,
      ['init'],
      ['init', '--dir', 'other'],
      ['issue', 'client', 'a'],
      ['issue', 'client', 'b'],
      ['issue', 'client', 'c', '--dir', 'other'],
      ['revoke', '.countersign/a.crt'],
    );
    assert.match(await shell.failure('renew', '.countersign/a.crt'), /was revoked/);
    assert.match(await shell.failure('renew', 'other/c.crt'), /did not issue/);
    writeFileSync(shell.path('.countersign/b.key'), shell.text('.countersign/a.key'));
    const before = shell.text('.countersign/b.crt');
    assert.match(await shell.failure('renew', '.countersign/b.crt'), /not the key/);
    assert.equal(shell.text('.countersign/b.crt'), before);
  });

  test('runs a command after files were replaced', async (t) => {
    const shell = await Shell.open(t, ['init'], ['issue', 'client', 'a']);
    const mark = shell.path('mark');
    await shell.run('renew', '.countersign/a.crt', '--due', '--exec', `echo done > ${mark}`);
    assert.throws(() => readFileSync(mark));
    await shell.run('renew', '.countersign/a.crt', '--exec', `echo done > ${mark}`);
    assert.equal(readFileSync(mark, 'utf8'), 'done\n');
  });

  test('a file that fails keeps neither the others nor the command from what they need', async (t) => {
    const shell = await Shell.open(
      t,
      ['init'],
      ['issue', 'client', 'a'],
      ['issue', 'client', 'b'],
      ['revoke', '.countersign/a.crt'],
    );
    const before = shell.text('.countersign/b.crt');
    const mark = shell.path('mark');
    const files = ['.countersign/a.crt', '.countersign/b.crt'];
    const { status, stderr } = await shell.run('renew', ...files, '--exec', `echo done > ${mark}`);
    assert.equal(status, 1);
    assert.match(stderr, /^countersign renew: \S*a\.crt was revoked[^\n]*\n$/);
    assert.notEqual(shell.text('.countersign/b.crt'), before);
    assert.equal(readFileSync(mark, 'utf8'), 'done\n');
    const failed = await shell.run('renew', '.countersign/b.crt', '--exec', 'exit 3');
    assert.equal(failed.status, 1);
    assert.equal(failed.stderr, 'countersign renew: exit 3: ended with status 3\n');
  });
});
