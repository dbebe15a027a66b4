// The programs that tests and benchmarks talk to: where they are, which Debian package has them, and
// their installation in one apt-get call, so that tests that run side by side never race for it.
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Command to Debian package. */
const PACKAGES = {
  caddy: 'caddy',
  certtool: 'gnutls-bin',
  certutil: 'libnss3-tools',
  cfssl: 'golang-cfssl',
  chromium: 'chromium',
  curl: 'curl',
  debootstrap: 'debootstrap',
  'gnutls-cli': 'gnutls-bin',
  h2load: 'nghttp2-client',
  haproxy: 'haproxy',
  hitch: 'hitch',
  mosquitto: 'mosquitto',
  mosquitto_pub: 'mosquitto-clients',
  mosquitto_sub: 'mosquitto-clients',
  'nats-server': 'nats-server',
  nginx: 'nginx',
  openssl: 'openssl',
  pk12util: 'libnss3-tools',
  python3: 'python3',
  'redis-cli': 'redis-tools',
  'redis-server': 'redis-server',
  sslscan: 'sslscan',
  stunnel4: 'stunnel4',
  taskset: 'util-linux',
  testssl: 'testssl.sh',
  unshare: 'util-linux',
  wrk: 'wrk',
} as const;

export type ProgramName = keyof typeof PACKAGES;

/** The Debian package that has a program. */
export function packageOf(name: ProgramName): string {
  return PACKAGES[name];
}

export function isProgramName(name: string): name is ProgramName {
  return Object.hasOwn(PACKAGES, name);
}

/** Where a program is: on PATH, or in the folders of system programs that an ordinary user's PATH lacks. */
export function findProgram(name: ProgramName): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** The programs of a list that are not installed. */
export function missingPrograms(names: Iterable<ProgramName>): ProgramName[] {
  return [...new Set(names)].filter((name) => findProgram(name) === undefined).toSorted();
}

/**
 * Installs what is missing, where this process may: as root on Debian and Ubuntu. Says so in one line.
 * Returns the programs that are still missing; a failure of apt-get is printed, not thrown.
 */
export async function installPrograms(names: Iterable<ProgramName>): Promise<ProgramName[]> {
  const missing = missingPrograms(names);
  if (missing.length === 0 || !canInstall()) return missing;
  const packages = [...new Set(missing.map(packageOf))];
  process.stderr.write(`installing by apt-get: ${packages.join(' ')} ...\n`);
  const restoreServices = holdServices();
  try {
    await aptGet(['update']);
    await aptGet(['install', '--yes', '--no-install-recommends', ...packages]);
  } catch (error) {
    process.stderr.write(
      `apt-get failed: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  } finally {
    restoreServices();
  }
  return missingPrograms(missing);
}

function canInstall(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  const release = readFileSync('/etc/os-release', { encoding: 'utf8' });
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
}

// Debian starts what it installs unless policy-rc.d forbids it; tests start their own on free ports.
function holdServices(): () => void {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => {};
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rmSync(policy, { force: true });
}

function aptGet(args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0'];
  return new Promise((resolve, reject) => {
    execFile('apt-get', [...options, ...args], { env }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`apt-get ${args.join(' ')}: ${stderr.trim() || error.message}`));
    });
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
