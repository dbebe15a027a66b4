import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BENCH_USER, type Peer, type ServerSetup } from './peer.ts';

/** The gateway of a checkout, one worker. `nodeArgs` are for profiling. */
export function createCountersign(
  name: string,
  checkout: string,
  nodeArgs: readonly string[] = [],
): Peer {
  const entry = join(checkout, 'bin/countersign.js');
  return {
    name,
    version: async () =>
      `${checkout}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
    async prepare(setup) {
      const file = join(setup.folder, 'gateway.yaml');
      await writeFile(file, configuration(setup));
      return { program: process.execPath, args: [...nodeArgs, entry, 'run', file] };
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
