// What contenders stand in front of. It shares the load's core.
import { mkdir, open } from 'node:fs/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../test/support/free-port.ts';
import { sourceBytes } from './load/pattern.ts';
import { upstreamConfig } from './peers/nginx.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const PIECE = 16 * 10_007 * 10;

/** An nginx that answers `/` with `body` at once, and `/files/N` with N bytes of the pattern. */
export async function startNginxUpstream(
  folder: string,
  body: string,
  files: readonly number[] = [],
): Promise<ServerProcess> {
  const own = join(folder, 'upstream');
  const port = await freePort();
  await mkdir(join(own, 'temporary'), { recursive: true });
  await mkdir(join(own, 'files'), { recursive: true });
  for (const bytes of files) await writePattern(join(own, 'files', String(bytes)), bytes);
  await writeFile(join(own, 'nginx.conf'), upstreamConfig(port, body, own));
  const args = ['-p', own, '-c', join(own, 'nginx.conf'), '-e', 'error.log'];
  return startServer('load', { program: 'nginx', args }, own, port);
}

/** A program of ours: see load/upstream.ts. */
export async function startOwnUpstream(
  folder: string,
  kind: 'sink' | 'echo' | 'source',
  bytes = 0,
): Promise<ServerProcess> {
  const own = join(folder, `upstream-${kind}`);
  const port = await freePort();
  await mkdir(own, { recursive: true });
  const program = fileURLToPath(new URL('load/upstream.ts', import.meta.url));
  const args = [program, kind, String(port), String(bytes)];
  return startServer('load', { program: process.execPath, args }, own, port);
}

/** A gibibyte is more than should be made at once. */
async function writePattern(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'w');
  const piece = sourceBytes(Math.min(bytes, PIECE));
  for (let at = 0; at < bytes; at += piece.length) {
    await handle.write(piece, 0, Math.min(piece.length, bytes - at));
  }
  await handle.close();
}
