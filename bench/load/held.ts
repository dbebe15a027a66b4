// Connections that are opened, answered once, and held.
import type { Socket } from 'node:net';
import { AnswerReader } from './answer.ts';
import { excerpt, type Material, open, OPERATION_LIMIT_MS } from './connection.ts';
import type { LoadPlan } from './plan.ts';
import type { Tally } from './tally.ts';

const AT_ONCE = 50;

const held = new Set<Socket>();

/** Opens more until there are so many as the plan says; gives up at the first errors. */
export async function holdConnections(
  plan: LoadPlan,
  material: Material,
  tally: Tally,
): Promise<void> {
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    while (held.size + opening < plan.concurrency && !tally.isOver()) {
      opening++;
      await openOne(plan, material, tally);
      opening--;
    }
  });
  await Promise.all(lanes);
}

let opening = 0;

/** Lets all of them go. */
export function releaseHeld(): void {
  for (const socket of held) socket.destroy();
  held.clear();
}

function openOne(plan: LoadPlan, material: Material, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const started = performance.now();
    const reader = new AnswerReader(material.body, material.bodyBytes);
    const socket = open(plan, material, () => socket.write(material.request));
    const end = (reason: string): void => {
      if (!held.delete(socket)) tally.fail(reason);
      socket.removeAllListeners('close').destroy();
      resolve();
    };
    socket.setTimeout(OPERATION_LIMIT_MS, () => end('timed out'));
    socket.on('data', (chunk: Buffer) => {
      const progress = reader.read(chunk);
      if (progress === 'wrong') end(`wrong answer ${excerpt(chunk)}`);
      if (progress !== 'whole') return;
      socket.setTimeout(0);
      held.add(socket);
      tally.done(started);
      resolve();
    });
    socket.on('error', (error) => end(error.message));
    socket.on('close', () => end('closed before the answer'));
  });
}
