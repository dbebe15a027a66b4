// The rules of who may import whom, as data, and the check of a set of sources against them.
import { posix } from 'node:path';
import { codeOf, importsOf, type ImportStatement } from './imports.ts';

interface Room {
  /** Rooms that may be imported. */
  readonly imports: readonly string[];
  /** Rooms whose types alone may be imported. */
  readonly types?: readonly string[];
  /** Does no I/O and takes the time as a parameter. */
  readonly pure?: true;
  /** Belongs to the library, which has no dependency: no npm package. */
  readonly library?: true;
}

const DATA_PATH = ['pki', 'identity', 'policy', 'tls', 'upstreams', 'frontends'];
const EVERYTHING = [...DATA_PATH, 'ca', 'store', 'diagnostics', 'observability', 'config'];

/** Every folder of src/. A file directly in src/ is the room `index`. */
const ROOMS: Readonly<Record<string, Room>> = {
  pki: { imports: [], pure: true, library: true },
  identity: { imports: ['pki'], pure: true, library: true },
  policy: { imports: ['identity', 'pki'], pure: true, library: true },
  diagnostics: { imports: ['pki', 'identity', 'policy'], types: ['tls'], pure: true },
  store: { imports: [], library: true },
  ca: { imports: ['pki', 'store'], library: true },
  tls: { imports: ['pki'], library: true },
  upstreams: { imports: ['tls'] },
  frontends: { imports: ['tls', 'identity', 'policy', 'upstreams'], types: ['pki'] },
  observability: { imports: [], types: [...DATA_PATH, 'diagnostics'] },
  config: {
    imports: ['pki'],
    types: [...DATA_PATH, 'ca', 'store', 'observability', 'gateway', 'admin'],
  },
  admin: {
    imports: ['pki', 'identity', 'policy', 'diagnostics', 'ca', 'store', 'observability', 'config'],
    types: ['tls', 'upstreams', 'frontends', 'gateway'],
  },
  gateway: { imports: [...EVERYTHING, 'admin'] },
  cli: { imports: [...EVERYTHING, 'admin', 'gateway'] },
  server: { imports: ['pki', 'identity', 'policy', 'tls'], library: true },
  client: { imports: ['pki', 'identity', 'policy', 'tls'], library: true },
  index: { imports: ['pki', 'ca', 'identity', 'policy', 'tls', 'server', 'client'], library: true },
};

const IMPURE_MODULES = new Set(
  [
    'child_process',
    'cluster',
    'dgram',
    'dns',
    'fs',
    'http',
    'http2',
    'https',
    'net',
    'os',
    'perf_hooks',
  ]
    .concat(['process', 'readline', 'sqlite', 'stream', 'timers', 'tls', 'tty', 'worker_threads'])
    .map((name) => `node:${name}`),
);
/** Functions of those modules that do nothing but compute. */
const PURE_NAMES = new Set(['isIP', 'isIPv4', 'isIPv6']);
const IMPURE_CALLS: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b/, 'Date.now'],
  [/\bnew Date\(\)/, 'new Date()'],
  [/\bperformance\.now\b/, 'performance.now'],
  [/\bset(Timeout|Interval|Immediate)\(/, 'a timer'],
  [/\bfetch\(/, 'fetch'],
  [/\bMath\.random\b/, 'Math.random'],
];
const PROCESS_USES: readonly (readonly [RegExp, string])[] = [
  [/\bprocess\.exit\b/, 'process.exit'],
  [/\bprocess\.exitCode\b/, 'process.exitCode'],
  [/\bprocess\.argv\b/, 'process.argv'],
  [/\bprocess\.env\b/, 'process.env'],
];

export interface Violation {
  readonly file: string;
  readonly line: number;
  /** The rule that is broken, and what to do. */
  readonly message: string;
}

/**
 * Checks sources, by path from the checkout's root (`src/pki/der.ts`, `web/src/main.ts`), against the
 * rules. Tests are free to import what they like, and are left out.
 */
export function checkLayers(sources: ReadonlyMap<string, string>): Violation[] {
  const checked = [...sources].filter(([file]) => !/\.(test|long)\.ts$/.test(file));
  const imports = new Map(checked.map(([file, source]) => [file, importsOf(source)]));
  return checked
    .flatMap(([file, source]) => [
      ...checkImports(file, imports.get(file) ?? []),
      ...checkCode(file, source),
    ])
    .concat(checkCycles(imports))
    .toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

function checkImports(file: string, statements: readonly ImportStatement[]): Violation[] {
  return statements.flatMap((statement) => {
    const target = resolveImport(file, statement.specifier);
    const message = file.startsWith('web/')
      ? webImportFault(target, statement)
      : sourceImportFault(file, target, statement);
    return message === null ? [] : [{ file, line: statement.line, message }];
  });
}

function sourceImportFault(
  file: string,
  target: string | null,
  statement: ImportStatement,
): string | null {
  const name = roomOf(file);
  const room = ROOMS[name];
  if (room === undefined) {
    return `the room src/${name}/ has no rule: give it one in tools/layers.ts, or move the file to a room that has`;
  }
  if (target === null) return moduleFault(name, room, statement);
  if (target === 'package.json') return null;
  if (!target.startsWith('src/')) {
    return `src imports nothing outside src, but this is ${target}: move what is needed into a room`;
  }
  if (/\.(test|long)\.ts$/.test(target))
    return `${target} is a test: move what both need into a file of its own`;
  const targetRoom = roomOf(target);
  if (targetRoom === name) return frontendFault(file, target);
  if (room.imports.includes(targetRoom)) return null;
  if (room.types?.includes(targetRoom) === true) {
    if (statement.typeOnly) return null;
    return `${name} takes types alone from ${targetRoom}: write "import type", or have the value passed in`;
  }
  return (
    `${name} must not import ${targetRoom} (it may import ${room.imports.join(', ') || 'nothing of ours'}` +
    `${room.types === undefined ? '' : `; types of ${room.types.join(', ')}`}): ` +
    `pass what is needed as a parameter, wire it in gateway, or move it down`
  );
}

function moduleFault(name: string, room: Room, statement: ImportStatement): string | null {
  const { specifier, names, typeOnly } = statement;
  if (specifier.startsWith('node:')) {
    if (room.pure !== true || typeOnly) return null;
    if (!IMPURE_MODULES.has(specifier.replace(/(?<=node:\w+)\/.*/, ''))) return null;
    if (names.length > 0 && names.every((taken) => PURE_NAMES.has(taken))) return null;
    return `${name} does no I/O, but imports ${specifier}: let the caller do it and pass in the result`;
  }
  if (room.library !== true) return null;
  return `${name} belongs to the library, which has no dependency, but imports ${specifier}: use node's own modules`;
}

function frontendFault(file: string, target: string): string | null {
  const [, room, folder, ...rest] = target.split('/');
  if (room !== 'frontends' || rest.length === 0) return null;
  const own = file.split('/')[2] ?? '';
  if (!own.includes('.') && own !== folder) {
    return `frontends/${own} must not import frontends/${folder}: put what both need into src/frontends/`;
  }
  return null;
}

function webImportFault(target: string | null, statement: ImportStatement): string | null {
  if (target === null || target.startsWith('web/')) return null;
  if (target.startsWith('src/admin/') && statement.typeOnly) return null;
  return `web takes types from src/admin alone, but imports ${target}: export a type from src/admin and "import type" it`;
}

function checkCode(file: string, source: string): Violation[] {
  if (!file.startsWith('src/')) return [];
  const room = roomOf(file);
  const lines = codeOf(source).split('\n');
  const find = (uses: readonly (readonly [RegExp, string])[], explain: (use: string) => string) =>
    lines.flatMap((text, index) =>
      uses
        .filter(([pattern]) => pattern.test(text))
        .map(([, use]) => ({ file, line: index + 1, message: explain(use) })),
    );
  const violations =
    file === 'src/cli/main.ts'
      ? []
      : find(
          PROCESS_USES,
          (use) =>
            `${use} is for src/cli/main.ts alone: return a status, or take the value as a parameter`,
        );
  if (ROOMS[room]?.pure === true) {
    violations.push(
      ...find(
        IMPURE_CALLS,
        (use) =>
          `${room} is pure, but uses ${use}: take the time or the random value as a parameter`,
      ),
    );
  }
  if (file === 'src/index.ts') {
    const statement = /^(import|const|let|function|class|async|export (?!(type )?[{*]))/;
    violations.push(
      ...lines.flatMap((text, index) =>
        statement.test(text)
          ? [
              {
                file,
                line: index + 1,
                message: 'src/index.ts holds re-exports only: move the rest into a room',
              },
            ]
          : [],
      ),
    );
  }
  return violations;
}

/** Cycles, types included, that leave a room: one violation each, at its first file. */
function checkCycles(imports: ReadonlyMap<string, readonly ImportStatement[]>): Violation[] {
  const found = new Map<string, Violation>();
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (file: string): void => {
    const start = trail.indexOf(file);
    if (start !== -1) {
      reportCycle(trail.slice(start), imports, found);
      return;
    }
    if (done.has(file)) return;
    trail.push(file);
    for (const { specifier } of imports.get(file) ?? []) {
      const target = resolveImport(file, specifier);
      if (target !== null && imports.has(target)) visit(target);
    }
    trail.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return [...found.values()];
}

function reportCycle(
  cycle: readonly string[],
  imports: ReadonlyMap<string, readonly ImportStatement[]>,
  found: Map<string, Violation>,
): void {
  const rooms = new Set(cycle.filter((file) => file.startsWith('src/')).map(roomOf));
  if (rooms.size < 2) return;
  const first = cycle.toSorted()[0] ?? '';
  const at = cycle.indexOf(first);
  const ordered = [...cycle.slice(at), ...cycle.slice(0, at), first];
  const statement = imports
    .get(first)
    ?.find(({ specifier }) => resolveImport(first, specifier) === ordered[1]);
  const message = `import cycle between rooms: ${ordered.join(' -> ')}: move what both need into the lower room`;
  found.set(message, { file: first, line: statement?.line ?? 1, message });
}

function resolveImport(file: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  return posix.normalize(posix.join(posix.dirname(file), specifier));
}

function roomOf(file: string): string {
  const [, room, ...rest] = file.split('/');
  return rest.length === 0 ? 'index' : (room ?? 'index');
}
