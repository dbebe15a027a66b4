import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../tools/programs.ts';
import { outputOf } from '../output-of.ts';
import { BENCH_USER, type Peer } from './peer.ts';

/** nats-server with a TLS listener of its own, on one core. */
export function createNatsServer(): Peer {
  const program = findProgram('nats-server') ?? 'nats-server';
  return {
    name: 'nats-server',
    version: async () => (await outputOf(program, ['--version'])).trim(),
    async prepare({ folder, port, certificates }) {
      const file = join(folder, 'nats.conf');
      await writeFile(
        file,
        `listen: 127.0.0.1:${port}
tls {
  cert_file: "${certificates.serverCert}"
  key_file: "${certificates.serverKey}"
  ca_file: "${certificates.ca}"
  verify_and_map: true
}
authorization { users = [ { user: "${BENCH_USER}", permissions: ${PERMISSIONS} } ] }
`,
      );
      return { program, args: ['-c', file] };
    },
  };
}

/** The gateway of a checkout in front of a nats-server that asks for nothing, one worker. */
export function createNatsFront(checkout: string, nodeArgs: readonly string[] = []): Peer {
  const entry = join(checkout, 'bin/countersign.js');
  return {
    name: 'countersign',
    version: async () =>
      `${checkout}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
    async prepare({ folder, port, certificates, upstreamPort }) {
      const file = join(folder, 'gateway.yaml');
      await writeFile(
        file,
        `listeners:
  - listen: 127.0.0.1:${port}
    protocol: nats
    tls:
      cert_file: ${certificates.serverCert}
      key_file: ${certificates.serverKey}
      ca_file: ${certificates.ca}
      verify_and_map: true
    upstream: nats://127.0.0.1:${upstreamPort}
authorization:
  users:
    - user: ${BENCH_USER}
      nats: ${PERMISSIONS}
workers: 1
`,
      );
      return { program: process.execPath, args: [...nodeArgs, entry, 'run', file] };
    },
  };
}

const PERMISSIONS = '{ publish: { allow: ["bench.>"] }, subscribe: { allow: ["bench.>"] } }';
