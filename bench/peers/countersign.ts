import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { manyInYaml } from '../../test/support/many-certificates.ts';
import type { BenchCertificates } from '../certificates.ts';
import { BENCH_USER, BENCH_USERS, type Peer, type ServerSetup } from './peer.ts';

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
    version: async () => {
      const text = await readFile(join(checkout, 'package.json'), 'utf8');
      const { version } = JSON.parse(text) as { version: string };
      const { node, openssl } = process.versions;
      return `Countersign ${version}, Node ${node}, OpenSSL ${openssl}`;
    },
    async prepare(setup) {
      const file = join(setup.folder, 'gateway.yaml');
      await writeFile(file, configuration(setup) + settings);
      return { program: process.execPath, args: [...nodeArgs, entry, 'run', file] };
    },
    async prepareSites({ port, sites, count }) {
      const file = join(sites, `${name}.yaml`);
      await writeFile(file, manyInYaml(count, port, 1));
      return { program: process.execPath, args: [...nodeArgs, entry, 'run', file] };
    },
  };
}

/**
 * The gateway of this checkout alone in its process: no event is written, and nothing asks for one. It is
 * built as the program is, into `folder`.
 */
export async function createQuietCountersign(folder: string): Promise<Peer> {
  const input = fileURLToPath(new URL('../quiet-gateway.ts', import.meta.url));
  const dir = join(folder, 'silent-program');
  const bundle = await rolldown({ input, platform: 'node' });
  await bundle.write({ dir, format: 'esm', entryFileNames: 'gateway.mjs' });
  await bundle.close();
  return {
    ...createCountersign('silent', join(import.meta.dirname, '../..')),
    async prepare(setup) {
      const file = join(setup.folder, 'gateway.yaml');
      await writeFile(file, configuration(setup));
      return { program: process.execPath, args: [join(dir, 'gateway.mjs'), file] };
    },
  };
}

/** The gateway of this checkout relaying bytes, one worker. */
export function createCountersignStream(name: string, nodeArgs: readonly string[]): Peer {
  const checkout = join(import.meta.dirname, '../..');
  return {
    ...createCountersign(name, checkout),
    async prepare({ folder, port, certificates, upstreamPort }) {
      const file = join(folder, 'gateway.yaml');
      await writeFile(
        file,
        `listeners:
  - listen: 127.0.0.1:${port}
    protocol: tls
    ${tlsKeys(certificates)}
    upstream: tcp://127.0.0.1:${upstreamPort}
workers: 1
`,
      );
      const entry = join(checkout, 'bin/countersign.js');
      return { program: process.execPath, args: [...nodeArgs, entry, 'run', file] };
    },
  };
}

function configuration(setup: ServerSetup): string {
  const { port, certificates, upstreamPort, body, routes, workers = 1 } = setup;
  const target =
    upstreamPort === null
      ? `respond: { status: 200, body: "${body}" }`
      : `upstream: http://127.0.0.1:${upstreamPort}`;
  const users = routes === 1 ? [BENCH_USER] : BENCH_USERS;
  const matches =
    routes === 1
      ? ['match: { path: /* }']
      : Array.from(
          { length: routes },
          (_, index) => `match: { path: /route-${index}/* }\n        allow: [${users.join(', ')}]`,
        );
  return `listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    ${tlsKeys(certificates)}
    limits: { idle: 600s }
    routes:
${matches.map((match) => `      - ${match}\n        ${target}\n`).join('')}authorization:
  users:
${users.map((user) => `    - user: ${user}\n`).join('')}workers: ${workers}
`;
}

function tlsKeys({ serverCert, serverKey, ca }: BenchCertificates): string {
  return `tls:
      cert_file: ${serverCert}
      key_file: ${serverKey}
      ca_file: ${ca}
      verify: true
      min_version: "1.3"`;
}
