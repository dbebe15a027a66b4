import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needs } from '../../test/support/programs.ts';
import { Shell } from '../../test/support/shell.ts';
import { parseProfiles, ProfileError } from './profile.ts';

const PROFILES = {
  web: { kind: 'server', days: 7, maxDays: 14, keyTypes: ['p256'], dnsSuffixes: ['example.com'] },
  robot: {
    kind: 'client',
    emails: ['@robots.example.com', 'one@example.org'],
    uris: ['spiffe://example.com/'],
    dnsSuffixes: [],
    subject: 'CN={name},O=Robots',
  },
};

async function authority(t: Parameters<typeof Shell.open>[0]): Promise<Shell> {
  const shell = await Shell.open(t, ['init']);
  shell.write('.countersign/ca/profiles.json', JSON.stringify(PROFILES));
  return shell;
}

describe('a profile', () => {
  test('allows what it lists', async (t) => {
    const shell = await authority(t);
    const issued = await shell.json(
      'issue',
      'server',
      'a.example.com',
      'EXAMPLE.com',
      '--profile',
      'web',
    );
    const life = Date.parse(String(issued['notAfter'])) - Date.parse(String(issued['notBefore']));
    assert.equal(Math.round(life / 86_400_000), 7);
    await shell.json('issue', 'server', 'b.example.com', '--profile', 'web', '--days', '14');
    const robot = ['issue', 'client', 'r2,d2', '--profile', 'robot'];
    const client = await shell.json(
      ...robot,
      '--email',
      'x@robots.example.com',
      '--uri',
      'spiffe://example.com/r2',
    );
    assert.equal(client['subject'], 'CN=r2\\,d2,O=Robots');
    await shell.json('issue', 'client', 'c3po', '--profile', 'robot', '--email', 'one@example.org');
    const listed = await shell.json('list', '--profile', 'robot');
    assert.equal(listed['length'], 2);
  });

  const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['another host', ['server', 'example.org', '--profile', 'web'], /SAN example\.org/],
    ['a name that only ends alike', ['server', 'badexample.com', '--profile', 'web'], /badexample/],
    [
      'an IP address beside listed names',
      ['server', '127.0.0.1', '--profile', 'web'],
      /127\.0\.0\.1/,
    ],
    [
      'a longer life',
      ['server', 'a.example.com', '--profile', 'web', '--days', '15'],
      /14 days at most/,
    ],
    [
      'another key',
      ['server', 'a.example.com', '--profile', 'web', '--key-type', 'p384'],
      /keys of p256, not p384/,
    ],
    [
      'another address',
      ['client', 'x', '--profile', 'robot', '--email', 'two@example.org'],
      /two@example/,
    ],
    [
      'a host that ends alike',
      ['client', 'x', '--profile', 'robot', '--email', 'a@b.robots.example.com'],
      /b\.robots/,
    ],
    [
      'another URI',
      ['client', 'x', '--profile', 'robot', '--uri', 'spiffe://example.org/'],
      /spiffe/,
    ],
    ['a host where none is listed', ['client', 'x', '--profile', 'robot', '--dns', 'x'], /SAN x/],
    ['the wrong kind', ['client', 'x', '--profile', 'web'], /is for server certificates/],
    ['a name nobody gave it', ['client', 'x', '--profile', 'nobody'], /there are client, robot/],
  ];
  for (const [what, words, message] of REFUSED) {
    test(`refuses ${what}, and nothing is written or journalled`, async (t) => {
      const shell = await authority(t);
      assert.match(await shell.failure('issue', ...words), message);
      assert.deepEqual(await shell.json('list'), []);
    });
  }

  test('holds for renewals as well', needs('openssl'), async (t) => {
    const shell = await authority(t);
    await shell.json('issue', 'server', 'a.example.com', '--profile', 'web');
    await shell.run('renew', '.countersign/a.example.com.crt');
    assert.equal((await shell.json('list', '--profile', 'web'))['length'], 2);
    shell.write('.countersign/ca/profiles.json', '{}');
    assert.match(
      await shell.failure('renew', '.countersign/a.example.com.crt'),
      /no profile web any more/,
    );
  });
});

describe('a file of profiles', () => {
  const WRONG: readonly (readonly [string, RegExp])[] = [
    ['{', /no JSON/],
    ['[]', /an object of profiles/],
    ['{"server":{"kind":"server"}}', /built in/],
    ['{"a":1}', /profile a: an object/],
    ['{"a":{}}', /kind must be/],
    ['{"a":{"kind":"client","day":1}}', /unknown key day/],
    ['{"a":{"kind":"client","days":0}}', /whole numbers/],
    ['{"a":{"kind":"client","days":9,"maxDays":8}}', /more than maxDays/],
    ['{"a":{"kind":"client","emails":"x"}}', /lists of text/],
    ['{"a":{"kind":"client","keyTypes":["dsa"]}}', /unknown key type dsa/],
    ['{"a":{"kind":"client","subject":1}}', /subject must be text/],
  ];
  for (const [text, message] of WRONG) {
    test(`${text} is refused`, () => {
      assert.throws(
        () => parseProfiles(text),
        (error) => {
          assert.ok(error instanceof ProfileError);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  test('gives a profile that names only the longest life no longer one by default', () => {
    assert.equal(parseProfiles('{"a":{"kind":"client","maxDays":5}}').get('a')?.days, 5);
  });
});
