import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { extension, forge } from '../../test/support/forged-certificate.ts';
import { forgeList, listExtension } from '../../test/support/forged-revocation-list.ts';
import { Shell } from '../../test/support/shell.ts';

test('inspect --ca says whether the first certificate leads to a trust anchor, and why not', async (t) => {
  const shell = await Shell.open(
    t,
    ['init'],
    ['init', '--dir', 'other', '--name', 'Other CA'],
    ['issue', 'client', 'alice'],
    ['issue', 'server', 'localhost'],
  );
  const inspect = (file: string, ca: string, ...more: string[]) =>
    shell.run('inspect', file, '--ca', ca, ...more);
  const alice = await inspect('.countersign/alice.crt', '.countersign/ca.crt');
  assert.equal(alice.status, 0);
  assert.match(
    alice.stdout,
    /\nVerified as a client: CN=alice <- CN=Countersign CA Issuing <- CN=Countersign CA\n$/,
  );
  const server = await inspect('.countersign/localhost.crt', '.countersign/ca.crt');
  assert.match(server.stdout, /\nVerified as a server: CN=localhost <- /);
  const stranger = await inspect('.countersign/alice.crt', 'other/ca.crt');
  assert.equal(stranger.status, 1);
  assert.match(
    stranger.stdout,
    /\nNOT verified as a client\n {2}unknown-issuer: CN=Countersign CA is/,
  );
  const json = await inspect('.countersign/alice.crt', 'other/ca.crt', '--json');
  assert.equal(json.status, 1);
  const { verification } = JSON.parse(json.stdout) as { verification: Record<string, unknown> };
  assert.deepEqual([verification['verified'], verification['path']], [false, null]);
  assert.match(
    await shell.failure('inspect', '.countersign/alice.key', '--ca', '.countersign/ca.crt'),
    /alice\.key: there is no certificate to verify/,
  );
});

test('inspect says of a revocation list whether it can be used', async (t) => {
  const shell = await Shell.open(t);
  const issuer = forge({ subject: 'CN=CA', extensions: [extension.ca()] });
  const extensions = [listExtension.number(255), listExtension.delta(3)];
  writeFileSync(shell.path('delta.crl'), forgeList({ issuer, extensions }));
  const { stdout } = await shell.run('inspect', 'delta.crl');
  assert.match(stdout, /\n {2}number +ff\n/);
  assert.match(stdout, /\n {2}not usable +it is a delta list, which says only what changed/);
});
