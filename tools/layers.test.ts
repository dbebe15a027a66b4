import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLayers } from './layers.ts';

function check(...files: [string, string][]): string[] {
  return checkLayers(new Map(files)).map(
    ({ file, line, message }) => `${file}:${line}: ${message}`,
  );
}

function assertOnly(found: string[], pattern: RegExp): void {
  assert.equal(found.length, 1, found.join('\n'));
  assert.match(found[0] ?? '', pattern);
}

test('admits imports that follow the street', () => {
  assert.deepEqual(
    check(
      [
        'src/identity/map.ts',
        "import { parse } from '../pki/der.ts';\nimport { hash } from 'node:crypto';\n",
      ],
      [
        'src/frontends/http/h.ts',
        "import type { V } from '../../pki/verified.ts';\nimport { f } from '../frontend.ts';\n",
      ],
      ['src/server/https.ts', "import { decide } from '../policy/decide.ts';\n"],
      ['src/config/schema.ts', "import { z } from 'zod';\n"],
      ['src/cli/main.ts', 'process.exitCode = 1;\n'],
      [
        'src/index.ts',
        "export * from './pki/index.ts';\nexport type { A } from './ca/index.ts';\n",
      ],
      [
        'web/src/main.ts',
        "import type { Api } from '../../src/admin/api.ts';\nimport './style.css';\n",
      ],
    ),
    [],
  );
});

test('refuses an import against the street and names file, line, rule and remedy', () => {
  assertOnly(
    check(['src/pki/der.ts', "// one\n\nimport {\n  a,\n} from '../tls/a.ts';\n"]),
    /^src\/pki\/der\.ts:3: pki must not import tls \(it may import nothing of ours\): pass /,
  );
  assertOnly(
    check(['src/store/s.ts', "export { a } from '../pki/a.ts';\n"]),
    /store must not import pki/,
  );
  assertOnly(
    check(['src/tls/s.ts', "const a = await import('../gateway/a.ts');\n"]),
    /tls must not import gateway/,
  );
  assertOnly(
    check(['src/client/c.ts', "import '../upstreams/dial.ts';\n"]),
    /client must not import upstreams/,
  );
});

test('tells a type import from a value import', () => {
  assert.deepEqual(
    check(['src/frontends/http/a.ts', "import { type A, type B } from '../../pki/a.ts';\n"]),
    [],
  );
  assertOnly(
    check(['src/frontends/http/a.ts', "import { type A, b } from '../../pki/a.ts';\n"]),
    /frontends takes types alone from pki: write "import type"/,
  );
});

test('keeps the frontends apart', () => {
  assertOnly(
    check(['src/frontends/nats/a.ts', "import { a } from '../http/a.ts';\n"]),
    /frontends\/nats must not import frontends\/http/,
  );
  assert.deepEqual(check(['src/frontends/http/h2/a.ts', "import { a } from '../a.ts';\n"]), []);
});

test('keeps the pure rooms free of I/O, clocks and randomness', () => {
  assertOnly(
    check(['src/policy/a.ts', "import { readFile } from 'node:fs/promises';\n"]),
    /does no I\/O/,
  );
  assertOnly(
    check(['src/pki/a.ts', 'const now = Date.now();\n']),
    /:1: pki is pure, but uses Date\.now/,
  );
  assertOnly(check(['src/identity/a.ts', 'const now = new Date();\n']), /new Date\(\)/);
  assert.deepEqual(
    check(['src/pki/a.ts', '// not Date.now()\nconst at = new Date(seconds);\n']),
    [],
  );
  assert.deepEqual(check(['src/tls/a.ts', 'const now = Date.now();\n']), []);
});

test('keeps npm packages out of the library', () => {
  assertOnly(
    check(['src/ca/a.ts', "import { z } from 'zod';\n"]),
    /library, which has no dependency, but imports zod/,
  );
});

test('keeps the process for cli/main', () => {
  assertOnly(
    check(['src/cli/run.ts', 'process.exit(1);\n']),
    /process\.exit is for src\/cli\/main\.ts alone/,
  );
  assertOnly(check(['src/config/env.ts', "const a = process.env['A'];\n"]), /process\.env is for/);
});

test('keeps src to itself and to rooms that have a rule', () => {
  assertOnly(
    check(['src/pki/a.ts', "import { a } from '../../test/support/a.ts';\n"]),
    /nothing outside src/,
  );
  assertOnly(
    check(['src/utils/a.ts', "import { a } from 'node:fs';\n"]),
    /the room src\/utils\/ has no rule/,
  );
  assertOnly(check(['src/index.ts', 'const a = 1;\n']), /re-exports only/);
});

test('lets the web take types from admin alone', () => {
  assertOnly(
    check(['web/src/a.ts', "import { a } from '../../src/admin/a.ts';\n"]),
    /web takes types from src\/admin alone/,
  );
  assertOnly(
    check(['web/src/a.ts', "import type { A } from '../../src/tls/a.ts';\n"]),
    /web takes types from src\/admin alone/,
  );
});

test('finds import cycles between rooms, also through types, and leaves those inside a room', () => {
  const found = check(
    ['src/observability/log.ts', "import type { A } from '../tls/a.ts';\n"],
    ['src/tls/a.ts', "import type { B } from '../pki/b.ts';\n"],
    ['src/pki/b.ts', "import type { L } from '../observability/log.ts';\n"],
  );
  assert.match(
    found.join('\n'),
    /import cycle between rooms: src\/observability\/log\.ts -> src\/tls\/a\.ts -> src\/pki\/b\.ts -> src\/observability\/log\.ts/,
  );
  assert.deepEqual(
    check(
      ['src/pki/a.ts', "import { b } from './b.ts';\n"],
      ['src/pki/b.ts', "import { a } from './a.ts';\n"],
    ),
    [],
  );
});

test('leaves tests out', () => {
  assert.deepEqual(
    check(['src/pki/a.test.ts', "import { a } from '../tls/a.ts';\nimport b from 'pkijs';\n"]),
    [],
  );
});
