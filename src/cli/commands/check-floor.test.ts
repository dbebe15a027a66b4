// A client chooses its certificate by the server name it sends. So no certificate of a listener may ask
// less of it than the listener's own: each way to do so all the same, from the file.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { configSchema } from '../../config/schema.ts';
import { generatePrivateKey } from '../../pki/keys.ts';
import { parseName } from '../../pki/name.ts';
import { encodeName } from '../../pki/name-der.ts';
import { buildRevocationList } from '../../pki/revocation-list-builder.ts';
import { keySigner } from '../../pki/signer.ts';
import { runCommandLine } from '../command-line.ts';

const CERTS = join(import.meta.dirname, '../../../test/vectors/config/certs');
const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

/** Keys as they stand in a `tls` or a certificate. */
type Keys = Readonly<Record<string, unknown>>;

/** What the listener asks, what the certificate asks, and the keys by which it asks less. */
type Row = readonly [name: string, floor: Keys, certificate: Keys, less: readonly string[]];

const TRUE: Keys = { verify: true, ca_file: 'ca.crt' };

/** By key of the configuration. A key that is none of a certificate's clients stands in NOT_ABOUT_CLIENTS. */
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  verify: [
    ['nothing said where true is asked', TRUE, {}, ['verify']],
    ['false', TRUE, { verify: false }, ['verify']],
    ['false beside a trust bundle', TRUE, { ...TRUE, verify: false }, ['verify']],
    ['false by a variable', TRUE, { ...TRUE, verify: '${OFF}' }, ['verify']],
    ['observe', TRUE, { ...TRUE, verify: 'observe' }, ['verify']],
    ['optional', TRUE, { ...TRUE, verify: 'optional' }, ['verify']],
    ['true', TRUE, TRUE, []],
    ['false where optional is asked', { ...TRUE, verify: 'optional' }, {}, ['verify']],
    [
      'observe where optional is asked',
      { ...TRUE, verify: 'optional' },
      { ...TRUE, verify: 'observe' },
      ['verify'],
    ],
    ['false where observe is asked', { ...TRUE, verify: 'observe' }, {}, ['verify']],
    [
      'optional where observe is asked',
      { ...TRUE, verify: 'observe' },
      { ...TRUE, verify: 'optional' },
      [],
    ],
    ['true where optional is asked', { ...TRUE, verify: 'optional' }, TRUE, []],
    ['anything where false is asked', { verify: false }, {}, []],
    ['true where false is asked', {}, TRUE, []],
  ],
  verify_and_map: [
    ['left away', { ...TRUE, verify_and_map: true }, TRUE, ['verify_and_map']],
    [
      'false',
      { ...TRUE, verify_and_map: true },
      { ...TRUE, verify_and_map: false },
      ['verify_and_map'],
    ],
    [
      'left away under observe',
      { ...TRUE, verify: 'observe', verify_and_map: true },
      { ...TRUE, verify: 'observe' },
      ['verify_and_map'],
    ],
    [
      'mapping under observe',
      { ...TRUE, verify_and_map: true },
      { ...TRUE, verify: 'observe', verify_and_map: true },
      ['verify'],
    ],
    [
      'the same',
      { ...TRUE, verify_and_map: true },
      { ca_file: 'ca.crt', verify_and_map: true },
      [],
    ],
    ['more', TRUE, { ...TRUE, verify_and_map: true }, []],
  ],
  ca_file: [
    ['another authority', TRUE, { ...TRUE, ca_file: 'other-ca.crt' }, ['ca_file']],
    ['one authority more', TRUE, { ...TRUE, ca_file: 'both-cas.crt' }, ['ca_file']],
    ['one of two', { ...TRUE, ca_file: 'both-cas.crt' }, TRUE, ['ca_file']],
    [
      'another under optional',
      { ...TRUE, verify: 'optional' },
      { ...TRUE, ca_file: 'other-ca.crt' },
      ['ca_file'],
    ],
    ['the same by another path', TRUE, { ...TRUE, ca_file: '../certs/./ca.crt' }, []],
    ['the same twice', TRUE, { ...TRUE, ca_file: 'ca-twice.crt' }, []],
  ],
  ca: [
    ['another inline', TRUE, { verify: true, ca: '${OTHER}' }, ['ca_file']],
    ['the same inline', TRUE, { verify: true, ca: '${CA}' }, []],
  ],
  depth: [
    ['no limit', { ...TRUE, depth: 1 }, TRUE, ['depth']],
    ['a larger one', { ...TRUE, depth: 1 }, { ...TRUE, depth: 2 }, ['depth']],
    ['one where none are admitted', { ...TRUE, depth: 0 }, { ...TRUE, depth: 1 }, ['depth']],
    ['the same', { ...TRUE, depth: 1 }, { ...TRUE, depth: 1 }, []],
    ['a smaller one', { ...TRUE, depth: 1 }, { ...TRUE, depth: 0 }, []],
    ['one where there is no limit', TRUE, { ...TRUE, depth: 3 }, []],
  ],
  pinned_certs: [
    ['none', { ...TRUE, pinned_certs: [A] }, TRUE, ['pinned_certs']],
    [
      'an empty list',
      { ...TRUE, pinned_certs: [A] },
      { ...TRUE, pinned_certs: [] },
      ['pinned_certs'],
    ],
    ['another', { ...TRUE, pinned_certs: [A] }, { ...TRUE, pinned_certs: [B] }, ['pinned_certs']],
    [
      'one more',
      { ...TRUE, pinned_certs: [A] },
      { ...TRUE, pinned_certs: [A, B] },
      ['pinned_certs'],
    ],
    ['one of two', { ...TRUE, pinned_certs: [A, B] }, { ...TRUE, pinned_certs: [B] }, []],
    [
      'the same in upper case',
      { ...TRUE, pinned_certs: [A] },
      { ...TRUE, pinned_certs: [A.toUpperCase()] },
      [],
    ],
    ['one where any key is admitted', TRUE, { ...TRUE, pinned_certs: [A] }, []],
  ],
  crl_file: [
    ['left away', { ...TRUE, crl_file: 'a.crl' }, TRUE, ['crl_file']],
    ['another', { ...TRUE, crl_file: 'a.crl' }, { ...TRUE, crl_file: 'b.crl' }, ['crl_file']],
    [
      'one of two',
      { ...TRUE, crl_file: ['a.crl', 'b.crl'] },
      { ...TRUE, crl_file: 'a.crl' },
      ['crl_file'],
    ],
    [
      'one more',
      { ...TRUE, crl_file: 'a.crl' },
      { ...TRUE, crl_file: ['../certs/b.crl', '../certs/a.crl'] },
      [],
    ],
    ['one where none is asked', TRUE, { ...TRUE, crl_file: 'a.crl' }, []],
  ],
  crl_stale: [
    [
      'accept',
      { ...TRUE, crl_file: 'a.crl' },
      { ...TRUE, crl_file: 'a.crl', crl_stale: 'accept' },
      ['crl_stale'],
    ],
    [
      'a longer grace',
      { ...TRUE, crl_file: 'a.crl', crl_stale: 'grace 1h' },
      { ...TRUE, crl_file: 'a.crl', crl_stale: 'grace 2h' },
      ['crl_stale'],
    ],
    [
      'refuse where accept is allowed',
      { ...TRUE, crl_file: 'a.crl', crl_stale: 'accept' },
      { ...TRUE, crl_file: 'a.crl' },
      [],
    ],
  ],
  min_version: [
    ['left away', { ...TRUE, min_version: '1.3' }, TRUE, ['min_version']],
    ['1.2', { ...TRUE, min_version: '1.3' }, { ...TRUE, min_version: '1.2' }, ['min_version']],
    ['1.3', { ...TRUE, min_version: '1.3' }, { ...TRUE, min_version: '1.3' }, []],
    ['1.3 where 1.2 is enough', TRUE, { ...TRUE, min_version: '1.3' }, []],
  ],
  skip_paths: [
    ['a path', TRUE, { ...TRUE, skip_paths: ['/x'] }, ['skip_paths']],
    ['every path', TRUE, { ...TRUE, skip_paths: ['/*'] }, ['skip_paths']],
    [
      'one more',
      { ...TRUE, skip_paths: ['/x'] },
      { ...TRUE, skip_paths: ['/x', '/y'] },
      ['skip_paths'],
    ],
    [
      'a prefix of an exact path',
      { ...TRUE, skip_paths: ['/x'] },
      { ...TRUE, skip_paths: ['/x*'] },
      ['skip_paths'],
    ],
    [
      'a shorter prefix',
      { ...TRUE, skip_paths: ['/public/*'] },
      { ...TRUE, skip_paths: ['/pub*'] },
      ['skip_paths'],
    ],
    [
      'the directory of a prefix',
      { ...TRUE, skip_paths: ['/public/*'] },
      { ...TRUE, skip_paths: ['/public'] },
      ['skip_paths'],
    ],
    [
      'a longer prefix',
      { ...TRUE, skip_paths: ['/public/*'] },
      { ...TRUE, skip_paths: ['/public/a*', '/public/'] },
      [],
    ],
    ['none', { ...TRUE, skip_paths: ['/x'] }, TRUE, []],
  ],
  refusal: [
    ['http', TRUE, { ...TRUE, refusal: 'http' }, ['refusal']],
    ['close where http is allowed', { ...TRUE, refusal: 'http' }, TRUE, []],
  ],
  listener: [
    ['its own without routes of its own', TRUE, { listener: '127.0.0.1:9443' }, ['verify']],
    ['its own by another spelling', TRUE, { listener: '127.0.0.1:09443' }, ['verify']],
  ],
  routes: [
    ['its own without a listener of its own', TRUE, { routes: [{ respond: {} }] }, ['verify']],
    [
      'its own with a listener of its own',
      TRUE,
      { listener: '127.0.0.1:9443', routes: [{ respond: {} }] },
      [],
    ],
  ],
  snis: [
    ["names of the certificate's own", TRUE, { snis: undefined }, ['verify']],
    ['a wildcard', TRUE, { snis: ['*.b.test'] }, ['verify']],
  ],
};

const NOT_ABOUT_CLIENTS = ['cert_file', 'cert', 'key_file', 'key', 'sessions'];

const folder = await temporaryFolder({ after });
await cp(CERTS, join(folder, 'certs'), { recursive: true });
for (const name of ['a.crl', 'b.crl']) await writeFile(join(folder, 'certs', name), await list());

async function list(): Promise<Buffer> {
  const signer = keySigner(await generatePrivateKey());
  const times = { thisUpdate: Date.parse('2026-12-31'), nextUpdate: Date.parse('2027-02-01') };
  return buildRevocationList(
    { number: 1, ...times, entries: [] },
    { subjectDer: encodeName(parseName('CN=CA')), keyIdentifier: null, signer },
  );
}

for (const [key, rows] of Object.entries(ROWS)) {
  describe(key, () => {
    for (const [name, floor, certificate, less] of rows) {
      test(`${less.length > 0 ? 'asks less' : 'is accepted'}: ${name}`, async () => {
        assert.deepEqual(await shortfallsOf(document(floor, certificate)), less);
      });
    }
  });
}

test('every key of a certificate is either in this table or not about clients', () => {
  const { element } = configSchema.shape.certificates.unwrap();
  const known = [...Object.keys(ROWS), ...NOT_ABOUT_CLIENTS];
  assert.deepEqual(Object.keys(element.shape).toSorted(), known.toSorted());
});

test('a certificate of every listener asks enough for each of them', async () => {
  const [first] = document(TRUE, {}).listeners;
  const open = { listen: '127.0.0.1:9444', upstream: 'echo:', tls: { ...PAIR } };
  const both = { ...document(TRUE, {}), listeners: [open, first] };
  assert.deepEqual(await shortfallsOf(both), ['verify']);
  const withoutTls = { listen: '127.0.0.1:9444', upstream: 'echo:' };
  const apart = document(TRUE, { listener: '127.0.0.1:9444' });
  assert.deepEqual(await shortfallsOf({ ...apart, listeners: [withoutTls, first] }), []);
});

test('the authority of ca.dir is a trust bundle as any other', async () => {
  const attached = { ca: { dir: 'certs' } };
  const named = {
    ...document({ verify: true }, { ...TRUE, ca_file: 'certs/other-ca.crt' }),
    ...attached,
  };
  assert.deepEqual(await shortfallsOf(named), ['ca_file']);
  const same = { ...document({ verify: true }, { ...TRUE, ca_file: 'certs/ca.crt' }), ...attached };
  assert.deepEqual(await shortfallsOf(same), []);
});

test('every key that asks less is told, with its place', async () => {
  const strict = { ...TRUE, verify_and_map: true, depth: 0, pinned_certs: [A], min_version: '1.3' };
  const weak = { ca_file: 'other-ca.crt', verify: 'optional', skip_paths: ['/x'], refusal: 'http' };
  assert.deepEqual((await shortfallsOf(document(strict, weak))).toSorted(), [
    'ca_file',
    'depth',
    'min_version',
    'pinned_certs',
    'refusal',
    'skip_paths',
    'verify',
    'verify_and_map',
  ]);
});

const PAIR = { cert_file: 'certs/server.crt', key_file: 'certs/server.key' };

interface Document {
  readonly listeners: readonly Keys[];
  readonly certificates: readonly Keys[];
  readonly authorization: Keys;
}

function document(floor: Keys, certificate: Keys): Document {
  return {
    listeners: [
      { listen: '127.0.0.1:9443', upstream: 'echo:', tls: { ...PAIR, ...placed(floor) } },
    ],
    certificates: [{ snis: ['a.test'], ...PAIR, ...placed(certificate) }],
    authorization: { users: [{ user: 'derek' }] },
  };
}

/** File names are meant in the folder of certificates. */
function placed(keys: Keys): Keys {
  const { ca_file: anchors, crl_file: lists } = keys;
  const isBare = typeof anchors === 'string' && !anchors.startsWith('certs/');
  return {
    ...keys,
    ...(isBare ? { ca_file: join('certs', anchors) } : {}),
    ...(lists === undefined
      ? {}
      : { crl_file: ([lists].flat() as string[]).map((file) => join('certs', file)) }),
  };
}

/** The keys that `countersign check` reports, and nothing else. */
async function shortfallsOf(configuration: Keys | Document): Promise<string[]> {
  const file = join(folder, 'gateway.json');
  await writeFile(file, JSON.stringify(configuration, null, 1));
  let err = '';
  const status = await runCommandLine(['check', file], '0.0.0', {
    stdout: () => {},
    stderr: (text) => (err += text),
    env: {
      OFF: 'false',
      CA: readFileSync(join(CERTS, 'ca.crt'), 'utf8'),
      OTHER: readFileSync(join(CERTS, 'other-ca.crt'), 'utf8'),
    },
    cwd: folder,
    program: 'countersign',
    now: () => Date.parse('2027-01-01'),
    askSecret: async () => null,
  });
  const errors = err.split('\n').filter((line) => line !== '' && !line.includes(': warning: '));
  assert.equal(status, errors.length > 0 ? 1 : 0, err);
  return errors.map((line) => {
    const [, key] =
      /:\d+:\d+: certificates\[0\]\.(\w+): asks less than the tls of listener 127\.0\.0\.1:9443 /.exec(
        line,
      ) ?? [];
    return key ?? line;
  });
}
