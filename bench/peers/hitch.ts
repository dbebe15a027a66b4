import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputOf } from '../output-of.ts';
import { opensslOf } from './debian-release.ts';
import { writeBundle } from './haproxy.ts';
import type { Peer } from './peer.ts';

/** hitch, one worker, relaying bytes. */
export function createHitch(name: string, command: readonly [string, ...string[]]): Peer {
  const [program, ...prefix] = command;
  return {
    name,
    async version() {
      return `${(await outputOf(program, [...prefix, '--version'])).trim()}, ${await opensslOf(command)}`;
    },
    async prepare(setup) {
      // hitch does not run as root.
      const isRoot = process.getuid?.() === 0;
      const file = join(setup.folder, 'hitch.conf');
      await writeFile(
        file,
        `frontend = "[127.0.0.1]:${setup.port}"
backend = "[127.0.0.1]:${setup.upstreamPort}"
pem-file = "${await writeBundle(setup)}"
client-verify = required
client-verify-ca = "${setup.certificates.ca}"
tls-protos = TLSv1.3
ecdh-curve = "X25519"
ocsp-dir = ""
workers = 1
daemon = off
quiet = on
${isRoot ? 'user = "nobody"\n' : ''}`,
      );
      return { program, args: [...prefix, '--config', file] };
    },
  };
}
