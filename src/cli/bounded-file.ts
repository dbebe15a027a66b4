import { open } from 'node:fs/promises';
import { CliError } from './context.ts';

/**
 * Reads a file, a pipe or a device to its end. Throws CliError for a directory, and where
 * it holds more than `maxBytes`.
 */
export async function readBoundedFile(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    if ((await file.stat()).isDirectory()) {
      throw new CliError(`${path}: is a directory; name a file in it`);
    }
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.min(1 << 20, maxBytes + 1));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) return Buffer.concat(chunks, total);
      total += bytesRead;
      if (total > maxBytes) throw new CliError(`${path}: more than ${maxBytes} bytes are not read`);
      chunks.push(chunk.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
