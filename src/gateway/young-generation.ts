import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the part of the heap small in which objects begin, for the rest of the process. What a connection
 * needs for a moment is gone by the next collection either way, but by default up to three times 16 MiB of
 * it, and the buffers that it holds, are waited for. Processes that serve are half as large for it, and
 * not slower; one that reads a large configuration would be, so it is asked for after that.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
