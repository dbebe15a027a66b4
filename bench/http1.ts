import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { type BenchSettings, compare } from './comparison.ts';
import { upstreamConfig } from './peers/nginx.ts';
import type { Row } from './row.ts';
import { startServer } from './server-process.ts';

const BODY = 'hello world, from the service behind';

/** Small GETs on connections that stay open, proxied with identity fields to an nginx that answers at once. */
export async function benchHttp1(settings: BenchSettings, connections = 32): Promise<Row[]> {
  const folder = join(settings.folder, 'upstream');
  const port = await freePort();
  await mkdir(join(folder, 'temporary'), { recursive: true });
  await writeFile(join(folder, 'nginx.conf'), upstreamConfig(port, BODY));
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'error.log'];
  const upstream = await startServer('load', { program: 'nginx', args }, folder, port);
  try {
    return await compare(settings, {
      scenario: 'http1: keep-alive GET, identity headers',
      mode: 'keep-alive',
      concurrency: connections,
      upstreamPort: port,
      body: BODY,
    });
  } finally {
    await upstream.stop();
  }
}
