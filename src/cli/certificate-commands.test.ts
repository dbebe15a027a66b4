import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { needs } from '../../test/support/programs.ts';
import { Shell } from '../../test/support/shell.ts';

test(
  'init, issue server and issue client make what openssl verifies, and say what to type next',
  needs('openssl'),
  async (t) => {
    const shell = await Shell.open(t);
    const init = await shell.run('init', '--name', 'Example CA');
    assert.equal(init.status, 0);
    assert.match(init.stdout, /Wrote .*\/\.countersign\/ca\.crt: the trust anchor CN=Example CA/);
    assert.match(init.stdout, /Next: countersign issue server localhost 127\.0\.0\.1\n$/);
    const server = await shell.run('issue', 'server', 'localhost', '127.0.0.1', '*.example.com');
    assert.match(server.stdout, /names: DNS:localhost, IP:127\.0\.0\.1, DNS:\*\.example\.com/);
    assert.match(server.stdout, /Next: countersign proxy --listen/);
    const client = await shell.run('issue', 'client', 'derek@nats.io');
    assert.match(
      client.stdout,
      /Wrote .*derek@nats\.io\.crt and .*derek@nats\.io\.key \(valid until \d{4}-\d\d-\d\d\)/,
    );
    assert.match(client.stdout, /subject: CN=derek@nats\.io\n {2}names: email:derek@nats\.io\n/);
    assert.match(client.stdout, /Next: curl --cacert/);
    for (const [name, purpose] of [
      ['localhost', 'sslserver'],
      ['derek@nats.io', 'sslclient'],
    ] as const) {
      const file = `.countersign/${name}.crt`;
      const verified = shell.openssl(
        'verify',
        '-x509_strict',
        '-purpose',
        purpose,
        '-CAfile',
        '.countersign/ca.crt',
        '-untrusted',
        file,
        file,
      );
      assert.match(verified, /: OK\n$/);
      assert.equal(statSync(shell.path(`.countersign/${name}.key`)).mode & 0o777, 0o600);
    }
  },
);

test('files of a name: a wildcard, a separator, another folder', async (t) => {
  const shell = await Shell.open(
    t,
    ['init', '--dir', 'pki'],
    ['issue', 'server', '*.x.example', '--dir', 'pki'],
    ['issue', 'server', '::1', '--dir', 'pki'],
    ['issue', 'client', 'ops/alice', '--dir', 'pki', '--out', 'out/certs'],
  );
  assert.deepEqual(readdirSync(shell.path('pki')).toSorted(), [
    '__1.crt',
    '__1.key',
    '_wildcard.x.example.crt',
    '_wildcard.x.example.key',
    'ca',
    'ca.crl',
    'ca.crt',
  ]);
  assert.deepEqual(readdirSync(shell.path('out/certs')).toSorted(), [
    'ops_alice.crt',
    'ops_alice.key',
  ]);
});

test('nothing is overwritten without --force, and key and certificate stay a pair', async (t) => {
  const shell = await Shell.open(t, ['init'], ['issue', 'client', 'alice']);
  const before = shell.text('.countersign/alice.crt') + shell.text('.countersign/alice.key');
  assert.match(
    await shell.failure('issue', 'client', 'alice'),
    /alice\.key exists already.*--force/,
  );
  const listed = (await shell.json('list')) as unknown as unknown[];
  assert.equal(listed.length, 1, 'what nobody got is not issued either');
  assert.match(await shell.failure('init'), /exists already.*--force/);
  assert.equal(shell.text('.countersign/alice.crt') + shell.text('.countersign/alice.key'), before);
  assert.equal(
    (await shell.run('issue', 'client', 'alice', '--force', '--key-type', 'ed25519')).status,
    0,
  );
  const renewed = new X509Certificate(shell.text('.countersign/alice.crt'));
  assert.equal(renewed.publicKey.asymmetricKeyType, 'ed25519');
});

test('the key type, life, subject and names are those of the flags', async (t) => {
  const shell = await Shell.open(t, ['init']);
  const issued = await shell.json(
    'issue',
    'client',
    'web',
    '--subject',
    'CN=example.com,OU=CNCF',
    '--email',
    'a@x.y',
    '--email',
    'b@x.y',
    '--dns',
    'web.x.y',
    '--ip',
    '10.0.0.1',
    '--uri',
    'spiffe://x.y/web',
    '--upn',
    'web@corp',
    '--days',
    '7',
    '--key-type',
    'p384',
  );
  assert.equal(issued['subject'], 'CN=example.com,OU=CNCF');
  assert.deepEqual(issued['subjectAltNames'], [
    'email:a@x.y',
    'email:b@x.y',
    'DNS:web.x.y',
    'IP:10.0.0.1',
    'URI:spiffe://x.y/web',
    'UPN:web@corp',
  ]);
  assert.equal(
    Date.parse(String(issued['notAfter'])),
    Math.floor(shell.now / 1000) * 1000 + 7 * 86_400_000,
  );
  assert.equal(
    new X509Certificate(shell.text('.countersign/web.crt')).publicKey.asymmetricKeyDetails
      ?.namedCurve,
    'secp384r1',
  );
});

test('what is wrong is said in one line with the offending part', async (t) => {
  const shell = await Shell.open(t, ['init']);
  assert.match(await shell.failure('issue', 'server', 'a..b'), /"a\.\.b": it has an empty label/);
  assert.match(
    await shell.failure('issue', 'client', 'x', '--email', 'a b@c'),
    /"a b@c": " " can't be part/,
  );
  assert.match(
    await shell.failure('issue', 'client', 'x', '--uri', 'nope'),
    /"nope": a URI begins with its scheme/,
  );
  assert.match(
    await shell.failure('issue', 'client', 'x', '--subject', 'XX=1'),
    /unknown attribute type/,
  );
  assert.match(await shell.failure('issue', 'client', 'ca'), /choose another name/);
  assert.match(await shell.failure('issue', 'client', '../x'), /begin with a dot/);
  assert.match(await shell.failure('issue', 'client', 'x\r\ny'), /\\r/);
  assert.match(
    await shell.failure('issue', 'client', 'x', '--dir', 'none'),
    /no authority in .*none.*init/,
  );
  assert.match(await shell.failure('inspect', 'none.crt'), /none\.crt: no such file/);
  assert.match(
    await shell.failure('issue', 'client', 'x', '--csr', 'none.csr'),
    /none\.csr: no such file/,
  );
  assert.deepEqual(readdirSync(shell.path('.countersign')).toSorted(), ['ca', 'ca.crl', 'ca.crt']);
});

test('wrong usage ends with status 2', async (t) => {
  const shell = await Shell.open(t);
  for (const words of [
    ['issue', 'client'],
    ['issue', 'elephant'],
    ['elephant'],
    ['init', '--nope'],
    ['issue', 'client', 'x', '--days', '0'],
    ['issue', 'client', 'x', '--key-type', 'dsa'],
    ['issue', 'client', 'x', '--csr', 'a', '--p12', 'b'],
    ['inspect'],
    ['issue'],
  ]) {
    const { status, stdout, stderr } = await shell.run(...words);
    assert.equal(status, 2, words.join(' '));
    assert.equal(stdout, '', words.join(' '));
    assert.notEqual(stderr, '', words.join(' '));
  }
});

test('every command explains itself with an example', async (t) => {
  const shell = await Shell.open(t);
  for (const words of [
    ['init'],
    ['issue', 'server'],
    ['issue', 'client'],
    ['request', 'server'],
    ['request', 'client'],
    ['inspect'],
  ]) {
    for (const form of [
      [...words, '--help'],
      ['help', ...words],
    ]) {
      const { status, stdout } = await shell.run(...form);
      assert.equal(status, 0);
      assert.match(stdout, new RegExp(`Examples?:\n  countersign ${words.join(' ')}`));
    }
  }
  assert.match(
    (await shell.run('--help')).stdout,
    /issue server or client|issue a server or client certificate/,
  );
  assert.equal((await shell.run('--version')).stdout, '1.2.3\n');
});

test(
  'a request becomes a certificate of ours, with the names that are granted and no others',
  needs('openssl'),
  async (t) => {
    const shell = await Shell.open(t, ['init']);
    const request = await shell.run(
      'request',
      'client',
      'alice',
      '--email',
      'alice@x.y',
      '--dns',
      'root.x.y',
      '--out',
      'csr',
    );
    assert.match(request.stdout, /Wrote .*csr\/alice\.key and .*csr\/alice\.csr/);
    assert.equal(statSync(shell.path('csr/alice.key')).mode & 0o777, 0o600);
    shell.openssl('req', '-in', 'csr/alice.csr', '-verify', '-noout');
    assert.match(
      await shell.failure('request', 'client', 'alice', '--out', 'csr'),
      /alice\.key exists already/,
    );
    const issued = await shell.run(
      'issue',
      'client',
      'alice',
      '--email',
      'alice@x.y',
      '--csr',
      'csr/alice.csr',
      '--out',
      'csr',
    );
    assert.equal(issued.status, 0, issued.stderr);
    assert.match(issued.stdout, /in the request, but not granted here: DNS:root\.x\.y\n/);
    const certificate = new X509Certificate(shell.text('csr/alice.crt'));
    assert.equal(certificate.subjectAltName, 'email:alice@x.y');
    assert.match(
      (await shell.run('inspect', 'csr/alice.csr')).stdout,
      /verified: its sender has the key/,
    );
    const taken = shell.text('csr/alice.key');
    assert.ok(certificate.checkPrivateKey((await import('node:crypto')).createPrivateKey(taken)));
  },
);

test('a request that is not signed by its key is refused', needs('openssl'), async (t) => {
  const shell = await Shell.open(t, ['init'], ['request', 'client', 'alice']);
  shell.openssl('req', '-in', '.countersign/alice.csr', '-outform', 'DER', '-out', 'alice.der');
  const der = readFileSync(shell.path('alice.der'));
  der.write('mallo', der.indexOf('alice'), 'latin1');
  writeFileSync(shell.path('mallo.der'), der);
  assert.match(
    await shell.failure('issue', 'client', 'mallo', '--csr', 'mallo.der'),
    /not signed by the key it is for/,
  );
  assert.match(
    await shell.failure('issue', 'client', 'mallo', '--csr', '.countersign/ca.crt'),
    /give a certificate request/,
  );
  assert.ok(!existsSync(shell.path('.countersign/mallo.crt')));
});

test(
  '--p12 writes what openssl opens with the password from flag, environment, terminal or the one printed',
  needs('openssl'),
  async (t) => {
    const shell = await Shell.open(t, ['init']);
    const opens = (file: string, password: string) =>
      shell.openssl('pkcs12', '-in', file, '-passin', `pass:${password}`, '-nodes');
    await shell.run('issue', 'client', 'a', '--p12', 'a.p12', '--p12-password', 'by-flag');
    assert.match(opens('a.p12', 'by-flag'), /friendlyName: a\n/);
    assert.equal(statSync(shell.path('a.p12')).mode & 0o777, 0o600);
    shell.env = { COUNTERSIGN_P12_PASSWORD: 'by-env' };
    await shell.run('issue', 'client', 'b', '--p12', 'b.p12');
    opens('b.p12', 'by-env');
    shell.env = {};
    shell.answers = ['by-hand'];
    await shell.run('issue', 'client', 'c', '--p12', 'c.p12');
    opens('c.p12', 'by-hand');
    const made = await shell.run('issue', 'client', 'd', '--p12', 'd.p12');
    const password = /its password, shown only now: (\S{23})\n/.exec(made.stdout)?.[1] ?? '';
    opens('d.p12', password);
    assert.equal(shell.questions.length, 2);
    assert.match(
      await shell.failure('issue', 'client', 'e', '--p12', 'e.p12', '--p12-password', ''),
      /empty/,
    );
    assert.ok(!existsSync(shell.path('.countersign/e.crt')));
    assert.match(
      await shell.failure('issue', 'client', 'f', '--p12', 'a.p12', '--p12-password', 'x'),
      /a\.p12 exists already/,
    );
    assert.deepEqual(await shell.json('list', 'CN=f'), []);
    assert.ok(
      !existsSync(shell.path('.countersign/f.crt')) &&
        !existsSync(shell.path('.countersign/f.key')),
    );
  },
);

test(
  "inspect tells a certificate's facts as openssl has them, and whom it is matched as, in order",
  needs('openssl'),
  async (t) => {
    const shell = await Shell.open(
      t,
      ['init'],
      [
        'issue',
        'client',
        'x',
        '--subject',
        'CN=example.com,OU=CNCF',
        '--uri',
        'urn:x',
        '--dns',
        'localhost',
        '--email',
        'derek@nats.io',
      ],
    );
    const file = '.countersign/x.crt';
    const { items } = (await shell.json('inspect', file)) as { items: Record<string, unknown>[] };
    assert.equal(items.length, 2);
    const [leaf, issuing] = items;
    const openssl = shell.openssl(
      'x509',
      '-in',
      file,
      '-noout',
      '-subject',
      '-serial',
      '-fingerprint',
      '-sha256',
      '-nameopt',
      'rfc2253',
    );
    const [, subject, serial, fingerprint] =
      /^subject=(.*)\nserial=(.*)\n.*?Fingerprint=(.*)\n$/.exec(openssl) ?? [];
    assert.equal(leaf['subject'], subject);
    assert.equal(leaf['serialNumber'], serial.toLowerCase());
    assert.equal(leaf['fingerprint'], fingerprint.replaceAll(':', '').toLowerCase());
    assert.deepEqual(leaf['extendedKeyUsage'], ['clientAuth']);
    assert.equal(leaf['state'], 'valid');
    assert.deepEqual(leaf['identities'], [
      { kind: 'email', value: 'derek@nats.io' },
      { kind: 'dns', value: 'localhost' },
      { kind: 'uri', value: 'urn:x' },
      { kind: 'dn', value: 'CN=example.com,OU=CNCF' },
      { kind: 'dn-nats', value: 'CN=example.com,OU=CNCF' },
    ]);
    assert.deepEqual(issuing['identities'], []);
    const { stdout } = await shell.run('inspect', file);
    assert.match(
      stdout,
      /matched as +1\. email:derek@nats\.io\n +2\. DNS:localhost\n +3\. URI:urn:x\n +4\. subject CN=example\.com,OU=CNCF\n/,
    );
    shell.now += 31 * 86_400_000;
    assert.match(
      (await shell.run('inspect', file)).stdout,
      /EXPIRED \d+ days? ago|EXPIRED 23 hours ago/,
    );
  },
);

test(
  'inspect knows DER, requests, lists, keys and PKCS#12 by their contents',
  needs('openssl'),
  async (t) => {
    const shell = await Shell.open(
      t,
      ['init'],
      ['issue', 'client', 'alice', '--p12', 'alice.p12', '--p12-password', 'secret'],
      ['request', 'client', 'bob'],
    );
    shell.openssl('x509', '-in', '.countersign/alice.crt', '-outform', 'DER', '-out', 'alice.der');
    shell.openssl('req', '-in', '.countersign/bob.csr', '-outform', 'DER', '-out', 'bob.der');
    shell.openssl('pkey', '-in', '.countersign/bob.key', '-outform', 'DER', '-out', 'bob.key.der');
    shell.openssl(
      'pkey',
      '-in',
      '.countersign/bob.key',
      '-aes256',
      '-passout',
      'pass:x',
      '-out',
      'locked.key',
    );
    shell.openssl('pkey', '-in', '.countersign/bob.key', '-pubout', '-out', 'bob.pub');
    writeFileSync(shell.path('index.txt'), 'R\t301231235959Z\t201231235959Z\t0A\tunknown\t/CN=x\n');
    writeFileSync(
      shell.path('crl.cnf'),
      '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=7\n',
    );
    shell.openssl(
      'ca',
      '-gencrl',
      '-config',
      'crl.cnf',
      '-keyfile',
      '.countersign/ca/issuing.key',
      '-cert',
      '.countersign/ca/issuing.crt',
      '-out',
      'ca.crl',
    );
    writeFileSync(
      shell.path('both.pem'),
      shell.text('.countersign/alice.crt') + shell.text('.countersign/bob.key'),
    );
    const expected: readonly [string, RegExp][] = [
      ['alice.der', /alice\.der: DER\n\nCertificate\n {2}subject +CN=alice\n/],
      ['bob.der', /Certificate request\n {2}subject +CN=bob\n/],
      ['bob.key.der', /Private key\n {2}key +p256\n/],
      ['locked.key', /Private key, encrypted\n/],
      ['bob.pub', /Public key\n {2}key +p256\n/],
      [
        'ca.crl',
        /Certificate revocation list\n {2}issuer +CN=Countersign CA Issuing\n[^]*revoked +1 certificate\n/,
      ],
      ['.countersign/ca.crt', /Root CA certificate\n[^]*issuer +itself\n/],
      ['both.pem', /does NOT belong|does NOT belong to the first certificate/i],
    ];
    for (const [file, pattern] of expected) {
      const { status, stdout, stderr } = await shell.run('inspect', file);
      assert.equal(status, 0, stderr);
      assert.match(stdout, pattern);
    }
    const bundle = await shell.run('inspect', 'alice.p12', '--password', 'secret');
    assert.match(
      bundle.stdout,
      /PKCS#12, 3 parts[^]*CN=alice[^]*Private key[^]*belongs to the first certificate/,
    );
    assert.match(await shell.failure('inspect', 'alice.p12'), /--password/);
    assert.match(await shell.failure('inspect', 'alice.p12', '--password', 'no'), /wrong/);
  },
);

test('inspect never prints a private key, and refuses what it can not read', async (t) => {
  const shell = await Shell.open(t, ['init'], ['issue', 'client', 'alice']);
  const secret = shell.text('.countersign/alice.key').split('\n')[1];
  writeFileSync(shell.path('empty'), '');
  writeFileSync(shell.path('words'), 'just words\n');
  writeFileSync(shell.path('cut.der'), Buffer.from('30820100', 'hex'));
  writeFileSync(shell.path('cut.pem'), shell.text('.countersign/alice.crt').slice(0, 300));
  writeFileSync(
    shell.path('bad.pem'),
    '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n',
  );
  assert.match(await shell.failure('inspect', 'empty'), /empty: the file is empty/);
  assert.match(await shell.failure('inspect', 'words'), /neither PEM nor DER/);
  assert.match(await shell.failure('inspect', 'cut.der'), /neither PEM nor DER/);
  assert.match(await shell.failure('inspect', 'cut.pem'), /line 1: BEGIN CERTIFICATE has no END/);
  assert.match(await shell.failure('inspect', 'bad.pem'), /bad\.pem: line 1: certificate: /);
  assert.match(await shell.failure('inspect', '.countersign'), /is a directory/);
  for (const form of [[], ['--json']]) {
    const { stdout } = await shell.run('inspect', '.countersign/alice.key', ...form);
    assert.ok(stdout.length > 50 && !stdout.includes(secret.slice(0, 16)));
  }
});

test('nothing in a certificate can act on the terminal', async (t) => {
  const shell = await Shell.open(
    t,
    ['init'],
    [
      'issue',
      'client',
      'x',
      '--subject',
      'CN=a\\1B[31mred\\0D\\0Ab,OU=\\E2\\80\\AErtl',
      '--upn',
      'u@r',
    ],
  );
  const { stdout } = await shell.run('inspect', '.countersign/x.crt');
  assert.doesNotMatch(stdout, /[\u001b\r\u202e]/);
  assert.match(stdout, /CN=a\\1B\[31mred\\0D\\0Ab/);
});

test('the next command is quoted for the shell', async (t) => {
  const shell = await Shell.open(t, ['init']);
  const { stdout } = await shell.run('issue', 'client', "it's me");
  const next = /Next: curl (.*)\n$/.exec(stdout)?.[1] ?? '';
  const words = execFileSync('sh', ['-c', `printf '%s\\n' ${next}`])
    .toString()
    .split('\n');
  assert.equal(words[3], shell.path(".countersign/it's me.crt"));
});

test('a device without end is not read for ever', async (t) => {
  const shell = await Shell.open(t, ['init']);
  assert.match(await shell.failure('issue', 'client', 'x', '--csr', '/dev/zero'), /are not read/);
});
