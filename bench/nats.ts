import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { findProgram } from '../tools/programs.ts';
import { type BenchSettings, compare } from './comparison.ts';
import { createNatsFront, createNatsServer } from './peers/nats.ts';
import type { Row } from './row.ts';
import { startServer } from './server-process.ts';

const SIZES = [16, 128, 1024, 16_384];

const MODES = [
  { mode: 'publish', title: 'publish' },
  { mode: 'deliver', title: 'publish and subscribe,' },
] as const;

/**
 * Messages through the gateway to a nats-server behind it, and back to a subscriber, beside a nats-server that speaks TLS
 * itself: both map the certificate to a user and check its permissions. The server behind shares a core
 * with the load, as every upstream does here.
 */
export function benchNats(nodeArgs: readonly string[]) {
  return async (settings: BenchSettings): Promise<Row[]> => {
    const folder = join(settings.folder, 'nats-upstream');
    const port = await freePort();
    await mkdir(folder, { recursive: true });
    const program = findProgram('nats-server') ?? 'nats-server';
    const args = ['-a', '127.0.0.1', '-p', String(port)];
    const upstream = await startServer('load', { program, args }, folder, port);
    const front = createNatsFront(join(import.meta.dirname, '..'), nodeArgs);
    const peers = nodeArgs.length > 0 ? [front] : [front, createNatsServer()];
    try {
      const rows: Row[] = [];
      for (const { mode, title } of MODES) {
        for (const size of SIZES) {
          rows.push(
            ...(await compare(
              { ...settings, peers },
              {
                scenario: `nats: ${title} ${size} bytes`,
                mode,
                path: 'bench.subject',
                concurrency: 4,
                upstreamPort: port,
                body: 'x'.repeat(size),
              },
            )),
          );
        }
      }
      return rows;
    } finally {
      await upstream.stop();
    }
  };
}
