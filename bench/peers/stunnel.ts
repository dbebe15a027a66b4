import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputOf } from '../output-of.ts';
import type { Peer } from './peer.ts';

/** stunnel, which has a thread for each connection, relaying bytes. */
export function createStunnel(name: string, command: readonly [string, ...string[]]): Peer {
  const [program, ...prefix] = command;
  return {
    name,
    async version() {
      const text = await outputOf(program, [...prefix, '-version']);
      const [, version = '?'] = /stunnel ([\d.]+) on/.exec(text) ?? [];
      const running = /Running\s+with OpenSSL (\S+)/.exec(text)?.[1];
      const compiled = /Compiled(?:\/running)? with OpenSSL (\S+)/.exec(text)?.[1];
      return `stunnel ${version}, OpenSSL ${running ?? compiled ?? '?'}`;
    },
    async prepare({ folder, port, certificates, upstreamPort }) {
      const file = join(folder, 'stunnel.conf');
      await writeFile(
        file,
        `foreground = yes
debug = err
pid =
[bench]
accept = 127.0.0.1:${port}
connect = 127.0.0.1:${upstreamPort}
cert = ${certificates.serverCert}
key = ${certificates.serverKey}
CAfile = ${certificates.ca}
verifyChain = yes
requireCert = yes
sslVersionMin = TLSv1.3
curves = X25519
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
`,
      );
      return { program, args: [...prefix, file] };
    },
  };
}
