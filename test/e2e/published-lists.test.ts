// Other programs fetch the revocation lists over plain HTTP, where the certificates say that they are.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';

interface Town {
  readonly shell: Shell;
  readonly gateway: GatewayProcess;
  readonly url: string;
}

async function town(t: TestContext): Promise<Town> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const shell = await Shell.open(
    t,
    ['init', '--crl-url', `${url}/`],
    ['issue', 'client', 'alice'],
    ['issue', 'client', 'bob'],
  );
  shell.write('ca.yaml', `ca: { dir: .countersign, crl_listen: 127.0.0.1:${port} }\n`);
  const gateway = await startGateway(t, ['run', shell.path('ca.yaml')]);
  const { address } = await gateway.waitForLog((line) => line['listener'] === 'crl');
  assert.equal(address, `127.0.0.1:${port}`);
  return { shell, gateway, url };
}

/** What openssl says of a leaf, with the list that it fetches itself, and with all of those that are there. */
async function verdicts({ shell, url }: Town, leaf: string): Promise<string[]> {
  const file = shell.path('.countersign', `${leaf}.crt`);
  const anchors = ['-CAfile', shell.path('.countersign/ca.crt'), '-untrusted', file, file];
  shell.write('fetched.crl', await (await fetch(`${url}/ca.crl`)).text());
  return [
    ['-crl_check', '-crl_download'],
    // The root, which no list names, is asked for as well; its certificate says nothing of one.
    ['-crl_check_all', '-CRLfile', shell.path('fetched.crl')],
  ].map((words) => {
    const done = spawnSync('openssl', ['verify', '-x509_strict', ...words, ...anchors], {
      encoding: 'utf8',
    });
    return done.stdout + done.stderr;
  });
}

test(
  'openssl fetches the lists that the certificates name, and finds there what was revoked',
  needs('openssl'),
  async (t) => {
    const place = await town(t);
    const isOk = async (leaf: string): Promise<void> => {
      for (const verdict of await verdicts(place, leaf)) assert.match(verdict, /: OK\n$/);
    };
    await isOk('alice');
    await isOk('bob');
    await place.shell.run('revoke', '.countersign/alice.crt');
    for (const verdict of await verdicts(place, 'alice')) {
      assert.match(verdict, /error 23 at 0 depth lookup: certificate revoked/);
    }
    await isOk('bob');
    const read = (file: string): string =>
      place.shell.openssl('x509', '-noout', '-ext', 'crlDistributionPoints', '-in', file);
    assert.ok(read('.countersign/bob.crt').includes(`URI:${place.url}/issuing.crl`));
    assert.ok(read('.countersign/ca/issuing.crt').includes(`URI:${place.url}/root.crl`));
  },
);

test('curl asks again with the tag and the date that it was given', needs('curl'), async (t) => {
  const { shell, url } = await town(t);
  const curl = (...words: readonly string[]): string => {
    const done = spawnSync('curl', ['-sS', '-D', '-', '-o', 'body', ...words], {
      cwd: shell.folder,
      encoding: 'utf8',
    });
    assert.equal(done.status, 0, done.stderr);
    return done.stdout;
  };
  for (const [path, type] of [
    ['/issuing.crl', 'application/pkix-crl'],
    ['/root.crl', 'application/pkix-crl'],
    ['/ca.crl', 'application/x-pem-file'],
  ]) {
    const head = curl(`${url}${path}`);
    assert.match(head, /^HTTP\/1\.1 200 /);
    assert.match(head, new RegExp(`^Content-Type: ${type}\r$`, 'm'));
    assert.match(head, /^Cache-Control: public, max-age=3600\r$/m);
    const etag = /^ETag: (.*)\r$/m.exec(head)?.[1] ?? '';
    assert.match(curl('-H', `If-None-Match: ${etag}`, `${url}${path}`), /^HTTP\/1\.1 304 /);
  }
  let dated = '';
  while (!dated.includes('Last-Modified')) dated = curl('-I', `${url}/issuing.crl`);
  const date = /^Last-Modified: (.*)\r$/m.exec(dated)?.[1] ?? '';
  const since = ['-H', `If-Modified-Since: ${date}`, `${url}/issuing.crl`];
  assert.match(curl(...since), /^HTTP\/1\.1 304 /);
  await shell.run('revoke', '.countersign/alice.crt');
  assert.match(curl(...since), /^HTTP\/1\.1 200 /, 'it is another list');
});

test('nothing else is there, neither for readers nor for those who say nothing', async (t) => {
  const { gateway, url } = await town(t);
  for (const path of ['/', '/ca.crt', '/ca/journal.db', '/../ca.key', '/v1/enroll', '/x.crl']) {
    assert.equal((await fetch(url + path)).status, 404, path);
  }
  const posted = await fetch(`${url}/issuing.crl`, { method: 'POST', body: 'x' });
  assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD']);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET /issuing.crl HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n\0\0');
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  assert.equal((await fetch(`${url}/root.crl`)).status, 200);
  assert.equal(gateway.log.filter((line) => line['event'] === 'fault').length, 0);
});

test('a URL that no certificate should carry is refused before anything is made', async (t) => {
  const shell = await Shell.open(t);
  for (const [url, why] of [
    ['https://pki.example.com', /has to begin with http:\/\//],
    ['pki.example.com', /a URL is needed/],
    ['http://pki.example.com/?x', /leave out user, query and fragment/],
    ['http://bücher.example', /a URL is needed/],
  ] as const) {
    assert.match(await shell.failure('init', '--crl-url', url), why);
  }
  assert.equal((await shell.run('init', '--crl-url', 'http://pki.example.com/lists/')).status, 0);
});
