// Who is measured: ours, and the others that there are on this machine.
import { findProgram, packageOf, type ProgramName } from '../../tools/programs.ts';
import { createCaddy } from './caddy.ts';
import { createCountersignStream } from './countersign.ts';
import { commandInFolder, debianReleaseFolder } from './debian-release.ts';
import { createHaproxy } from './haproxy.ts';
import { createHitch } from './hitch.ts';
import { createNginx } from './nginx.ts';
import type { Peer } from './peer.ts';
import { createStunnel } from './stunnel.ts';

type Command = readonly [string, ...string[]];
type Create = (name: string, command: Command) => Peer;

const NEWER = '-trixie';

const WEB: readonly (readonly [ProgramName, string, Create])[] = [
  ['nginx', 'usr/sbin/nginx', createNginx],
  ['haproxy', 'usr/sbin/haproxy', createHaproxy],
  ['caddy', 'usr/bin/caddy', createCaddy],
];

const STREAM: readonly (readonly [ProgramName, string, Create])[] = [
  ['hitch', 'usr/sbin/hitch', createHitch],
  ['stunnel4', 'usr/bin/stunnel4', createStunnel],
  ['haproxy', 'usr/sbin/haproxy', (name, command) => createHaproxy(name, command, 'bytes')],
];

/** The programs of this machine that are measured. */
export const SERVER_PROGRAMS: readonly ProgramName[] = [
  ...new Set([...WEB, ...STREAM].map(([program]) => program)),
];

/** Web servers: the newer Debian's, whose names say so, and the machine's own that have another OpenSSL. */
export async function otherWebServers(): Promise<Peer[]> {
  const others = await newer(WEB);
  // Caddy has its cryptography of its own.
  return [...others, ...own(others.length === 0 ? WEB : WEB.filter(([name]) => name !== 'caddy'))];
}

/** What relays bytes, ours first: the newer Debian's, or the machine's own without it. */
export async function streamServers(nodeArgs: readonly string[]): Promise<Peer[]> {
  const ours = createCountersignStream('countersign', nodeArgs);
  if (nodeArgs.length > 0) return [ours];
  const others = await newer(STREAM);
  return [ours, ...(others.length > 0 ? others : own(STREAM))];
}

/** Without those of which there is a newer one. */
export function newestOf(peers: readonly Peer[]): Peer[] {
  const names = new Set(peers.map(({ name }) => name));
  return peers.filter(({ name }) => !names.has(name + NEWER));
}

async function newer(servers: typeof WEB): Promise<Peer[]> {
  const release = await debianReleaseFolder();
  if (release === undefined) return [];
  return servers.map(([name, path, create]) =>
    create(name + NEWER, commandInFolder(release, path)),
  );
}

function own(servers: typeof WEB): Peer[] {
  return servers.flatMap(([name, , create]) => {
    const program = findProgram(name);
    if (program !== undefined) return [create(name, [program])];
    process.stderr.write(`without ${name}: apt-get install ${packageOf(name)}\n`);
    return [];
  });
}
