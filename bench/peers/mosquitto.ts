import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../tools/programs.ts';
import { outputOf } from '../output-of.ts';
import { BENCH_USER, type Command, type Peer } from './peer.ts';

/** A mosquitto with a configuration, `listener` first; Debian's would give up its rights otherwise. */
export async function mosquittoCommand(
  folder: string,
  port: number,
  settings: string,
): Promise<Command> {
  const file = join(folder, 'mosquitto.conf');
  const root = process.getuid?.() === 0 ? 'user root\n' : '';
  await writeFile(file, `${root}listener ${port} 127.0.0.1\n${settings}`);
  return { program: findProgram('mosquitto') ?? 'mosquitto', args: ['-c', file] };
}

/** mosquitto with a TLS listener of its own, on one core; the certificate's name is the user. */
export function createMosquitto(): Peer {
  return {
    name: 'mosquitto',
    version: async () =>
      /version \S+/.exec(await outputOf(findProgram('mosquitto') ?? 'mosquitto', ['-h']))?.[0] ??
      '',
    prepare: ({ folder, port, certificates }) =>
      mosquittoCommand(
        folder,
        port,
        `cafile ${certificates.ca}
certfile ${certificates.serverCert}
keyfile ${certificates.serverKey}
require_certificate true
use_identity_as_username true
`,
      ),
  };
}

/** How the gateway stands before the mosquitto. */
export interface FrontVariant {
  readonly name: string;
  /** Whether the user has permissions, so that topics are read. */
  readonly asks: boolean;
  /** Where the mosquitto listens with TLS; null: it is reached without. */
  readonly tlsPort: number | null;
}

/** The gateway of a checkout in front of a mosquitto that asks for nothing, one worker. */
export function createMqttFront(
  checkout: string,
  nodeArgs: readonly string[],
  { name, asks, tlsPort }: FrontVariant,
): Peer {
  const entry = join(checkout, 'bin/countersign.js');
  const rules = asks ? `\n      mqtt: ${PERMISSIONS}` : '';
  return {
    name,
    version: async () =>
      `${checkout}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
    async prepare({ folder, port, certificates, upstreamPort }) {
      const file = join(folder, 'gateway.yaml');
      const tls = tlsPort === null ? '' : `, tls: { ca_file: ${certificates.ca} }`;
      await writeFile(
        file,
        `listeners:
  - listen: 127.0.0.1:${port}
    protocol: mqtt
    tls:
      cert_file: ${certificates.serverCert}
      key_file: ${certificates.serverKey}
      ca_file: ${certificates.ca}
      verify_and_map: true
    upstream: broker
authorization:
  users:
    - user: ${BENCH_USER}${rules}
upstreams:
  broker: { url: "mqtt://localhost:${tlsPort ?? upstreamPort}"${tls} }
workers: 1
`,
      );
      return { program: process.execPath, args: [...nodeArgs, entry, 'run', file] };
    },
  };
}

const PERMISSIONS = '{ publish: { allow: ["bench/#"] }, subscribe: { allow: ["bench/#"] } }';
