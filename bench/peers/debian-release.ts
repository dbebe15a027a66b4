// Servers of a newer Debian beside the machine's own: they are linked with the OpenSSL
// that our Node has, so that the comparison is of the servers and not of two versions of OpenSSL.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram, installPrograms } from '../../tools/programs.ts';

const MACHINE = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const RELEASE = 'trixie';
const PACKAGES = ['nginx-light', 'haproxy', 'hitch', 'stunnel4', 'caddy'];
const PROGRAMS = ['sbin/nginx', 'sbin/haproxy', 'sbin/hitch', 'bin/stunnel4', 'bin/caddy'];

/**
 * The folder with that release, made by debootstrap on the first run as root (a minute) and kept in the
 * user's cache. undefined: there is none, and it can't be made here.
 */
export async function debianReleaseFolder(): Promise<string | undefined> {
  const folder = join(homedir(), '.cache/countersign-bench', RELEASE);
  if (PROGRAMS.every((program) => existsSync(join(folder, 'usr', program)))) return folder;
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return undefined;
  await installPrograms(['debootstrap']);
  const debootstrap = findProgram('debootstrap');
  if (debootstrap === undefined) return undefined;
  process.stderr.write(`making a Debian ${RELEASE} folder by debootstrap ...\n`);
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(dirname(fresh), { recursive: true });
  const include = `--include=${PACKAGES.join(',')}`;
  const status = await run(debootstrap, ['--variant=minbase', include, RELEASE, fresh]);
  if (status !== 0) {
    process.stderr.write(
      `debootstrap ended with status ${status}: without the servers of ${RELEASE}\n`,
    );
    return undefined;
  }
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
  return folder;
}

/** The command that starts a program of such a folder with that folder's own libraries. */
export function commandInFolder(folder: string, program: string): [string, ...string[]] {
  const loader =
    MACHINE === 'aarch64' ? 'usr/lib/ld-linux-aarch64.so.1' : 'usr/lib64/ld-linux-x86-64.so.2';
  const libraries = join(folder, `usr/lib/${MACHINE}-linux-gnu`);
  return [join(folder, loader), '--library-path', libraries, join(folder, program)];
}

/** The OpenSSL that a program of `/usr`, or of such a folder, is linked with. */
export async function opensslOf(command: readonly [string, ...string[]]): Promise<string> {
  const usr = dirname(dirname(command.at(-1) ?? ''));
  const library = await readFile(join(usr, `lib/${MACHINE}-linux-gnu/libcrypto.so.3`), 'latin1');
  return /OpenSSL \d+\.\d+\.\d+/.exec(library)?.[0] ?? 'OpenSSL ?';
}

function run(program: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore' });
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
}
