// The authority by the admin API: what is issued and what is refused, what of a key is shown and where it
// never is, revocation with the connections that it closes, tokens, and an authority that can't sign.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { adminApi, type ApiAnswer } from '../support/admin-api.ts';
import { askAgain, holdConnection, startAuthorityGateway } from '../support/authority-gateway.ts';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';

const ENTRY = join(import.meta.dirname, '../../bin/countersign.js');

function fieldsOf({ json }: ApiAnswer): string[] {
  return ((json['errors'] ?? []) as { path: string }[]).map(({ path }) => path);
}

function problemsOf({ json }: ApiAnswer): string[] {
  return ((json['problems'] ?? []) as { path: string }[]).map(({ path }) => path);
}

const alice = { common_name: 'alice', emails: ['alice@example.com'] };

test('issue, use, revoke by the admin API', needs('curl', 'openssl'), async (t) => {
  const started = await startAuthorityGateway(t, {
    prepare: (shell) =>
      shell.write(
        '.countersign/ca/profiles.json',
        JSON.stringify({
          web: { kind: 'client', maxDays: 7, emails: ['@example.com'], keyTypes: ['p256'] },
          desk: { kind: 'client', subject: 'CN={name},OU=desk' },
        }),
      ),
  });
  const { ca, gateway, api, admin, port, enrolment } = started;
  const anchors = ca.path('.countersign/ca.crt');
  const issue = (body: unknown) => api.ask('POST', '/v1/ca/certificates', body);

  await t.test('the authority is shown', async () => {
    const { status, json } = await api.ask('GET', '/v1/ca');
    assert.equal(status, 200);
    assert.deepEqual(json['signing'], { possible: true, is_locked: false, problem: null });
    assert.equal((json['root'] as { subject: string }).subject, 'CN=Countersign CA');
    const names = (json['profiles'] as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names, ['server', 'client', 'web', 'desk']);
    const { number, revoked } = json['crl'] as { number: string; revoked: number };
    assert.deepEqual([number, revoked], ['1', 0]);
    assert.deepEqual(json['enrolment'], {
      address: `127.0.0.1:${enrolment}`,
      url: `https://localhost:${enrolment}`,
    });
  });

  await t.test('what is wrong is told with its field, and nothing is issued', async () => {
    const before = (await api.ask('GET', '/v1/ca/certificates')).json['total'];
    const refused = async (body: object, fields: string[], message: RegExp): Promise<void> => {
      for (const path of ['/v1/ca/certificates', '/v1/ca/certificates?dry_run=true']) {
        const answer = await api.ask('POST', path, body);
        const shown = JSON.stringify(answer.json);
        const isPreview = answer.status === 200;
        assert.ok(isPreview || answer.status === 400, shown);
        assert.deepEqual(isPreview ? problemsOf(answer) : fieldsOf(answer), fields, shown);
        assert.match(shown, message);
      }
    };
    await refused({}, ['common_name'], /is needed/);
    await refused({ ...alice, profile: 'nope' }, ['profile'], /server, client, web, desk/);
    await refused({ ...alice, emails: ['alice@', 'b c@d.e'] }, ['emails[0]', 'emails[1]'], /part/);
    await refused({ ...alice, dns_names: ['a.b', 'http://x'] }, ['dns_names[1]'], /scheme/);
    await refused({ ...alice, uris: ['nothing'] }, ['uris[0]'], /scheme/);
    await refused({ ...alice, ip_addresses: ['300.1.1.1'] }, ['ip_addresses[0]'], /no IP/);
    await refused({ ...alice, subject: 'alice' }, ['subject'], /CN=/);
    await refused({ ...alice, subject: 'CN=a,C=gb' }, ['subject'], /country code/);
    await refused({ common_name: 'x'.repeat(65) }, ['common_name'], /64/);
    await refused({ ...alice, common_name: 'ca' }, ['common_name'], /ca\.crt/);
    await refused({ ...alice, profile: 'web', days: 8 }, ['days'], /7 days at most/);
    await refused(
      { common_name: 'm', emails: ['m@example.org'], profile: 'web', key: { type: 'rsa2048' } },
      ['key.type', 'emails[0]'],
      /does not allow the SAN m@example\.org/,
    );
    await refused({ ...alice, profile: 'desk', subject: 'CN=x' }, ['subject'], /gives the subject/);
    await refused({ profile: 'server', common_name: 'a b' }, ['common_name'], /host name/);
    await refused(
      { ...alice, profile: 'server', common_name: 'api.test' },
      ['emails'],
      /server certificate/,
    );
    await refused({ ...alice, key: { format: 'pkcs12' } }, ['key.password'], /password/);
    await refused({ ...alice, key: { password: 'x' } }, ['key.password'], /not encrypted/);
    await refused({ ...alice, request: 'rubbish' }, ['request'], /PEM/);
    await refused({ ...alice, colour: 'red' }, ['colour'], /not known/);
    await refused({ ...alice, days: 0 }, ['days'], /at least|empty/);
    assert.equal((await api.ask('GET', '/v1/ca/certificates')).json['total'], before);
  });

  await t.test('a preview says what would be issued, and whose it would be', async () => {
    const { json } = await api.ask('POST', '/v1/ca/preview', { ...alice, days: 3 });
    const would = json['certificate'] as Record<string, unknown>;
    assert.equal(would['subject'], 'CN=alice');
    assert.deepEqual(would['subject_alt_names'], ['email:alice@example.com']);
    assert.equal(would['key_type'], 'p256');
    const life = Date.parse(String(would['not_after'])) - Date.parse(String(would['not_before']));
    assert.equal(Math.round(life / 86_400_000), 3);
    assert.deepEqual(
      [json['user'], json['identities'], json['problems']],
      ['alice@example.com', ['alice@example.com', 'CN=alice'], []],
    );
    const nobody = await api.ask('POST', '/v1/ca/preview', { common_name: 'mallory' });
    assert.equal(nobody.json['user'], null);
    const desk = await api.ask('POST', '/v1/ca/preview', { common_name: 'a,b', profile: 'desk' });
    assert.equal((desk.json['certificate'] as { subject: string }).subject, 'CN=a\\,b,OU=desk');
  });

  const issued = await issue(alice);
  assert.equal(issued.status, 201, JSON.stringify({ ...issued.json, key: null }));
  const serial = String(issued.json['serial']);
  const key = String(issued.json['key']);
  ca.write('alice.crt', String(issued.json['certificate']));
  ca.write('alice.key', key);

  await t.test('what was issued is admitted as its user, and in the journal', async () => {
    const args = [
      '--cacert',
      anchors,
      '--cert',
      ca.path('alice.crt'),
      '--key',
      ca.path('alice.key'),
    ];
    const answer = await curl([...args, `https://localhost:${port}/`]);
    assert.equal(answer.status, 200, answer.verbose);
    assert.match(answer.body, /"user": ?"alice@example\.com"/);
    const [entry] = (await ca.json('list', serial)) as unknown as Record<string, unknown>[];
    assert.equal(entry?.['requestedBy'], 'admin API (token)');
    assert.equal(issued.headers.get('location'), `/v1/ca/certificates/${serial}`);
    assert.equal(issued.headers.get('cache-control'), 'no-store');
    const verified = spawnSync('openssl', [
      'verify',
      '-CAfile',
      anchors,
      '-untrusted',
      ca.path('alice.crt'),
      ca.path('alice.crt'),
    ]);
    assert.match(String(verified.stdout), /OK/);
  });

  await t.test('PKCS#12 opens with its password alone, and the key is nowhere else', async () => {
    const { status, json } = await issue({
      ...alice,
      key: { format: 'pkcs12', password: 'päss wörd' },
    });
    assert.equal(status, 201);
    assert.equal(json['key'], null);
    await writeFile(ca.path('a.p12'), Buffer.from(String(json['pkcs12']), 'base64'));
    const open = (password: string) =>
      spawnSync(
        'openssl',
        ['pkcs12', '-in', ca.path('a.p12'), '-passin', `pass:${password}`, '-nodes'],
        { encoding: 'utf8' },
      );
    assert.notEqual(open('wrong').status, 0);
    assert.match(open('päss wörd').stdout, /BEGIN PRIVATE KEY/);
  });

  await t.test('a request keeps its key at home, and its names are not taken', async () => {
    ca.openssl(
      ...'req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout own.key -out own.csr -subj /CN=root'.split(
        ' ',
      ),
    );
    const request = ca.text('own.csr');
    const preview = await api.ask('POST', '/v1/ca/preview', { ...alice, request });
    assert.deepEqual(preview.json['requested'], { subject: 'CN=root', subject_alt_names: [] });
    const { status, json } = await issue({ ...alice, request });
    assert.equal(status, 201);
    assert.deepEqual([json['key'], json['pkcs12'], json['subject']], [null, null, 'CN=alice']);
    assert.deepEqual(fieldsOf(await issue({ ...alice, request, key: {} })), ['key']);
    ca.openssl(
      ...'req -new -newkey rsa:1024 -nodes -keyout weak.key -out weak.csr -subj /CN=x'.split(' '),
    );
    assert.deepEqual(fieldsOf(await issue({ ...alice, request: ca.text('weak.csr') })), [
      'request',
    ]);
  });

  await t.test('the list is filtered, sorted and cut into pages', async () => {
    const names = async (query: string) => {
      const { json } = await api.ask('GET', `/v1/ca/certificates?${query}`);
      return (json['items'] as { subject: string }[]).map(({ subject }) => subject);
    };
    assert.deepEqual(await names('q=EMAIL:alice&page_size=2'), ['CN=alice', 'CN=alice']);
    assert.deepEqual(await names('profile=server&sort=issued_at&page_size=1'), ['CN=localhost']);
    assert.deepEqual(await names('status=revoked'), []);
    assert.deepEqual(await names('q=100%25'), []);
    const soon = new Date(Date.now() + 8 * 86_400_000).toISOString();
    assert.deepEqual(await names(`expires_before=${soon}&profile=client`), []);
    assert.deepEqual(fieldsOf(await api.ask('GET', '/v1/ca/certificates?status=x&sort=der')), [
      'query.status',
      'query.sort',
    ]);
    assert.equal((await api.ask('GET', `/v1/ca/certificates/${serial}`)).json['status'], 'valid');
    assert.equal((await api.ask('GET', '/v1/ca/certificates/00ff')).status, 404);
  });

  await t.test('a revocation closes the connections that it counted, and no other', async () => {
    const other = await issue({ common_name: 'bob', emails: ['bob@example.com'] });
    const own = { cert: String(issued.json['certificate']), key };
    const held = [
      await holdConnection(started, own),
      await holdConnection(started, own),
      await holdConnection(started, own),
    ];
    const bob = await holdConnection(started, {
      cert: String(other.json['certificate']),
      key: String(other.json['key']),
    });
    const closed = held.map((socket) => once(socket, 'close'));
    const count = await api.ask('GET', `/v1/ca/certificates/${serial}/connections`);
    assert.deepEqual(count.json, { connections: 3 });
    const path = `/v1/ca/certificates/${serial}/revoke`;
    assert.deepEqual(fieldsOf(await api.ask('POST', path, { reason: 'boredom' })), ['reason']);
    const revoked = await api.ask('POST', path, { reason: 'keyCompromise' });
    assert.equal(revoked.status, 200, JSON.stringify(revoked.json));
    assert.deepEqual(
      [revoked.json['closed'], revoked.json['status'], revoked.json['list_published']],
      [3, 'revoked', true],
    );
    await Promise.all(closed);
    await askAgain(bob);
    bob.destroy();
    const after = await api.ask('GET', `/v1/ca/certificates/${serial}/connections`);
    assert.deepEqual(after.json, { connections: 0 });
    const again = await api.ask('POST', path, {});
    assert.equal(again.status, 409);
    assert.match(String(again.json['detail']), /keyCompromise/);
    assert.equal((await api.ask('POST', '/v1/ca/certificates/00ff/revoke', {})).status, 404);
    const args = [
      '--cacert',
      anchors,
      '--cert',
      ca.path('alice.crt'),
      '--key',
      ca.path('alice.key'),
    ];
    assert.equal((await curl([...args, `https://localhost:${port}/`])).status, null);
    const token = ca.text('.countersign/admin.token').trim();
    const bearer = ['-H', `Authorization: Bearer ${token}`];
    const list = await fetch(`${admin}/v1/ca/crl?format=der`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    assert.equal(list.headers.get('content-type'), 'application/pkix-crl');
    await writeFile(ca.path('l.der'), await list.bytes());
    const text = ca.openssl('crl', '-inform', 'DER', '-noout', '-text', '-in', 'l.der');
    assert.match(text, new RegExp(`Serial Number: 0?${serial}`, 'i'));
    assert.match((await curl([`${admin}/v1/ca/crl`, ...bearer])).body, /^-----BEGIN X509 CRL/);
  });

  await t.test('a token works once, and its secret is shown once', async () => {
    const wish = { common_name: 'bob', emails: ['bob@example.com'], ttl_seconds: 600 };
    const made = await api.ask('POST', '/v1/ca/tokens', wish);
    assert.equal(made.status, 201, JSON.stringify(made.json));
    const token = String(made.json['token']);
    const command = String(made.json['command']);
    assert.equal(command, `countersign enroll https://localhost:${enrolment} --token ${token}`);
    const [, ...words] = command.split(' ');
    const enroll = async () => {
      const { folder } = await Shell.open(t);
      return spawnSync(process.execPath, [ENTRY, ...words], { cwd: folder, encoding: 'utf8' });
    };
    const first = await enroll();
    assert.equal(first.status, 0, first.stderr);
    assert.match((await enroll()).stderr, /used before/);
    const list = await api.ask('GET', '/v1/ca/tokens');
    assert.ok(!JSON.stringify(list.json).includes(token));
    const [item] = list.json['items'] as Record<string, unknown>[];
    assert.deepEqual([item?.['id'], item?.['status']], [made.json['id'], 'used']);
    const used = await api.ask('DELETE', `/v1/ca/tokens/${String(made.json['id'])}`);
    assert.equal(used.status, 409);
  });

  await t.test('a token that was taken back is good for nothing', async () => {
    const wish = { common_name: 'eve', ttl_seconds: 600 };
    const made = await api.ask('POST', '/v1/ca/tokens', wish);
    const id = String(made.json['id']);
    assert.equal((await api.ask('DELETE', `/v1/ca/tokens/${id}`)).status, 204);
    assert.equal((await api.ask('DELETE', `/v1/ca/tokens/${id}`)).status, 404);
    const machine = await Shell.open(t);
    const words = ['enroll', String(made.json['url']), '--token', String(made.json['token'])];
    assert.match(await machine.failure(...words), /unknown/);
    const open = await api.ask('GET', '/v1/ca/tokens?status=open');
    assert.equal(open.json['total'], 0);
    const refused = async (body: object, fields: string[]): Promise<void> => {
      assert.deepEqual(fieldsOf(await api.ask('POST', '/v1/ca/tokens', body)), fields);
    };
    await refused({ common_name: 'x', profile: 'web', emails: ['a@b.c'] }, ['emails[0]']);
    await refused({ common_name: 'x', ttl_seconds: 0 }, ['ttl_seconds']);
    await refused({ common_name: 'x', url: 'https://a b' }, ['url']);
    await refused({ common_name: 'x', url: 'https://$(id)' }, ['url']);
  });

  await t.test('who did what is kept', async () => {
    const { json } = await api.ask('GET', '/v1/audit');
    const entries = json['items'] as Record<string, unknown>[];
    const actions = new Set(entries.map(({ action }) => String(action)));
    assert.deepEqual(actions, new Set(['withdraw', 'permit', 'revoke', 'issue']));
    const revoked = entries.find(({ action }) => action === 'revoke');
    assert.deepEqual(
      [revoked?.['who'], revoked?.['target'], revoked?.['detail']],
      ['token', serial, 'keyCompromise: CN=alice'],
    );
  });

  await t.test(
    'the key that was made lies nowhere: no answer, no log, no file of the state',
    async () => {
      const body = key.split('\n').slice(1, 3).join('');
      const half = body.slice(10, 50);
      const answers = await Promise.all(
        [
          '/v1/ca',
          '/v1/ca/certificates?page_size=500',
          `/v1/ca/certificates/${serial}`,
          '/v1/ca/tokens',
          '/v1/audit',
        ].map(async (path) => JSON.stringify((await api.ask('GET', path)).json)),
      );
      for (const text of [
        ...answers,
        gateway.stdout() + gateway.stderr() + JSON.stringify(gateway.log),
      ]) {
        assert.ok(!text.includes(half));
        assert.doesNotMatch(text, /PRIVATE KEY/);
      }
      const secret = Buffer.from(body, 'base64').subarray(36, 68);
      for (const folder of ['.countersign', '.countersign/ca']) {
        for (const name of await readdir(ca.path(folder), { withFileTypes: true })) {
          if (!name.isFile()) continue;
          const bytes = await readFile(ca.path(folder, name.name));
          assert.ok(!bytes.includes(secret) && !bytes.includes(half), `${folder}/${name.name}`);
        }
      }
    },
  );
});

test('without an authority it says what to configure', needs('curl'), async (t) => {
  const [port, adminPort] = [await freePort(), await freePort()];
  const ca = await Shell.open(t, ['init'], ['issue', 'server', 'localhost']);
  ca.write(
    'gateway.yaml',
    `
listeners: [{ listen: '127.0.0.1:${port}', tls: { cert_file: .countersign/localhost.crt, key_file: .countersign/localhost.key }, upstream: 'echo:' }]
workers: 1
admin: { listen: '127.0.0.1:${adminPort}' }
`,
  );
  const gateway = await startGateway(t, ['run', ca.path('gateway.yaml')]);
  await gateway.waitForLog((line) => line['listener'] === 'admin');
  const api = await adminApi(`http://127.0.0.1:${adminPort}`, ca.folder);
  for (const [method, path, body] of [
    ['GET', '/v1/ca'],
    ['GET', '/v1/ca/certificates'],
    ['GET', '/v1/ca/crl'],
    ['POST', '/v1/ca/certificates', alice],
    ['POST', '/v1/ca/preview', alice],
    ['POST', '/v1/ca/tokens', alice],
    ['POST', '/v1/ca/certificates/00/revoke', {}],
  ] as const) {
    const answer = await api.ask(method, path, body);
    assert.equal(answer.status, 404, path);
    assert.equal(answer.json['code'], 'no-authority');
    assert.match(String(answer.json['detail']), /ca: \{ dir: \.countersign \}/);
  }
});

test(
  'an authority whose key is locked issues nothing, and revokes all the same',
  needs('curl'),
  async (t) => {
    const { api, ca } = await startAuthorityGateway(t, {
      env: { COUNTERSIGN_CA_PASSPHRASE: 'open sesame' },
      hasEnrolment: false,
    });
    const { json } = await api.ask('GET', '/v1/ca');
    assert.equal((json['signing'] as { possible: boolean }).possible, false);
    assert.match(JSON.stringify(json['signing']), /encrypted/);
    const refused = await api.ask('POST', '/v1/ca/certificates', alice);
    assert.deepEqual([refused.status, refused.json['code']], [409, 'authority-locked']);
    assert.match(String(refused.json['detail']), /passphrase_file/);
    assert.doesNotMatch(JSON.stringify(json) + JSON.stringify(refused.json), /sesame/);
    const preview = await api.ask('POST', '/v1/ca/preview', alice);
    assert.deepEqual(preview.json['problems'], []);
    assert.deepEqual(fieldsOf(await api.ask('POST', '/v1/ca/tokens', alice)), ['url']);
    assert.equal((await ca.run('issue', 'client', 'alice@example.com')).status, 0);
    const [entry] = (await ca.json('list', 'alice')) as unknown as { serialNumber: string }[];
    const path = `/v1/ca/certificates/${entry?.serialNumber}/revoke`;
    const revoked = await api.ask('POST', path, {});
    assert.deepEqual([revoked.status, revoked.json['list_published']], [200, false]);
  },
);

test('what a revocation closes is what was counted, whatever a listener asks of clients', async (t) => {
  const [observing, optional] = [await freePort(), await freePort()];
  const started = await startAuthorityGateway(t, {
    listeners: (tls) => [
      `{ listen: '127.0.0.1:${observing}', tls: { ${tls}, verify: observe }, upstream: 'echo:' }`,
      `{ listen: '127.0.0.1:${optional}', tls: { ${tls}, verify: optional }, upstream: 'echo:' }`,
    ],
  });
  const { api, ca, port } = started;
  const countAndClose = async (name: string, ports: readonly number[]) => {
    const { json } = await api.ask('POST', '/v1/ca/certificates', { common_name: name });
    const client = { cert: String(json['certificate']), key: String(json['key']) };
    const held = [];
    for (const one of ports) held.push(await holdConnection({ ca, port: one }, client));
    const path = `/v1/ca/certificates/${String(json['serial'])}`;
    const counted = (await api.ask('GET', `${path}/connections`)).json['connections'];
    const revoked = await api.ask('POST', `${path}/revoke`, {});
    return { held, counted, closed: revoked.json['closed'] };
  };
  const alice_ = await countAndClose('alice@example.com', [port, observing, optional, optional]);
  assert.deepEqual([alice_.counted, alice_.closed], [4, 4], 'a user is one no more');
  const carol = await countAndClose('carol', [observing, optional]);
  assert.deepEqual(
    [carol.counted, carol.closed],
    [1, 1],
    'nobody stays nobody where it is observed',
  );
  await askAgain(carol.held[0] ?? assert.fail());
  carol.held[0]?.destroy();
});

test(
  'nobody has anything of the authority without leave, or from a page of another site',
  needs('curl'),
  async (t) => {
    const { admin, ca } = await startAuthorityGateway(t);
    const token = ca.text('.countersign/admin.token').trim();
    const json = ['-H', 'Content-Type: application/json', '--data', JSON.stringify(alice)];
    const requests: readonly (readonly [string, readonly string[]])[] = [
      ['/v1/ca', []],
      ['/v1/ca/certificates', []],
      ['/v1/ca/tokens', []],
      ['/v1/ca/crl', []],
      ['/v1/ca/preview', json],
      ['/v1/ca/certificates', json],
      ['/v1/ca/tokens', json],
      ['/v1/ca/certificates/00/revoke', json],
      ['/v1/ca/tokens/00', ['-X', 'DELETE']],
    ];
    for (const [path, args] of requests) {
      const bearer = ['-H', `Authorization: Bearer ${token}`];
      const foreign = ['-H', 'Origin: https://evil.example', '-H', 'Sec-Fetch-Site: cross-site'];
      assert.equal((await curl([...args, `${admin}${path}`])).status, 401, path);
      assert.equal(
        (await curl([...args, ...bearer, ...foreign, `${admin}${path}`])).status,
        403,
        path,
      );
    }
    const form = ['-H', `Authorization: Bearer ${token}`, '--data', 'common_name=alice'];
    assert.equal((await curl([...form, `${admin}/v1/ca/certificates`])).status, 400);
    assert.equal(((await ca.json('list', 'alice')) as unknown as unknown[]).length, 0);
  },
);

test('an authority whose key is damaged is told as that', needs('curl'), async (t) => {
  const { api } = await startAuthorityGateway(t, {
    hasEnrolment: false,
    prepare: (ca) => ca.write('.countersign/ca/issuing.key', 'rubbish'),
  });
  const { json } = await api.ask('GET', '/v1/ca');
  const { problem, ...signing } = json['signing'] as Record<string, unknown>;
  assert.deepEqual(signing, { possible: false, is_locked: false });
  assert.match(String(problem), /issuing\.key.*restore it from a backup/);
  const refused = await api.ask('POST', '/v1/ca/certificates', alice);
  assert.deepEqual([refused.status, refused.json['code']], [503, 'unavailable']);
});
