// Adds to package-lock.json the platform packages that the registry at hand didn't have when it was
// written: npm install leaves those out, and npm ci then refuses the lock file. With --check it only
// tells which are missing. Run it after a change of dependencies.
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  version?: string;
  cpu?: string[];
  dev?: boolean;
  libc?: string[];
  optional?: boolean;
  os?: string[];
  optionalDependencies?: Record<string, string>;
}

interface LockFile {
  packages: Record<string, LockedPackage>;
}

const FILE = 'package-lock.json';
const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

const lock = JSON.parse(readFileSync(FILE, 'utf8')) as LockFile;
const missing = missingPackages(lock);
if (missing.size === 0) {
  process.stdout.write(`${FILE} names the packages of every platform\n`);
} else if (process.argv.includes('--check')) {
  process.stderr.write(
    `${FILE} lacks ${[...missing.keys()].join(', ')}: npm ci will refuse it; run node tools/with-runtime.js tools/complete-lock.ts\n`,
  );
  process.exitCode = 1;
} else {
  for (const [path, locked] of missing) lock.packages[path] = locked;
  const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`added ${missing.size} packages to ${FILE}\n`);
}

function missingPackages({ packages }: LockFile): Map<string, LockedPackage> {
  const found = new Map<string, LockedPackage>();
  for (const [path, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
      if (places.some((place) => packages[place] !== undefined)) continue;
      found.set(`node_modules/${name}`, lockedPackage(name, version, dev === true));
    }
  }
  return found;
}

/** What the entry of a platform package says, by its name: `@x/binding-linux-arm64-musl`. */
function lockedPackage(name: string, version: string, dev: boolean): LockedPackage {
  if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${name} is not pinned: ${version}`);
  const words = name.split(/[-/]/);
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  const os = SYSTEMS.filter((system) => words.includes(system));
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : ['glibc'];
  return {
    version,
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(dev ? { dev } : {}),
    ...(os.includes('linux') ? { libc } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}
