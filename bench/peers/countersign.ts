import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BENCH_USER, type Peer, type ServerSetup } from './peer.ts';

/** The gateway of a checkout, one worker. `nodeArgs` are for profiling; `settings` follow in its configuration. */
export function createCountersign(
  name: string,
  checkout: string,
  nodeArgs: readonly string[] = [],
  settings = '',
): Peer {
  const entry = join(checkout, 'bin/countersign.js');
  return {
    name,
    version: async () =>
      `${checkout}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
    async prepare(setup) {
      const file = join(setup.folder, 'gateway.yaml');
      await writeFile(file, configuration(setup) + settings);
      return { program: process.execPath, args: [...nodeArgs, entry, 'run', file] };
    },
  };
}

/** The gateway of this checkout alone in its process: no event is written, and nothing asks for one. */
export function createQuietCountersign(name: string): Peer {
  const program = fileURLToPath(new URL('../quiet-gateway.ts', import.meta.url));
  return {
    ...createCountersign(name, join(import.meta.dirname, '../..')),
    async prepare(setup) {
      const file = join(setup.folder, 'gateway.yaml');
      await writeFile(file, configuration(setup));
      return { program: process.execPath, args: [program, file] };
    },
  };
}

function configuration({ port, certificates, upstreamPort, body }: ServerSetup): string {
  const target =
    upstreamPort === null
      ? `respond: { status: 200, body: "${body}" }`
      : `upstream: http://127.0.0.1:${upstreamPort}`;
  return `listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls:
      cert_file: ${certificates.serverCert}
      key_file: ${certificates.serverKey}
      ca_file: ${certificates.ca}
      verify: true
      min_version: "1.3"
    routes:
      - match: { path: /* }
        ${target}
authorization:
  users:
    - user: ${BENCH_USER}
workers: 1
`;
}
