import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = new Script('gc').runInNewContext() as () => void;

/** Bytes of this process that are still in use once the garbage is gone. */
export function heldMemory(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
