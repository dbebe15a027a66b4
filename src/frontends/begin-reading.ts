import type { Socket } from 'node:net';
import { type MemoryReader, readInto } from '../tls/node-tls.ts';

/**
 * Has the reader read the socket from now on, into `memory` first; `take` has what waits there already, and, where node
 * can't read into memory of ours, all that comes.
 */
export function beginReading(
  socket: Socket,
  memory: Buffer,
  reader: MemoryReader,
  take: (chunk: Buffer) => void,
): void {
  const early: Buffer[] = [];
  for (let chunk = readChunk(socket); chunk !== null; chunk = readChunk(socket)) early.push(chunk);
  if (!readInto(socket, memory, reader)) socket.on('data', take);
  for (const chunk of early) take(chunk);
}

/** One of the chunks that wait in a socket; null: none is left. */
function readChunk(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}
