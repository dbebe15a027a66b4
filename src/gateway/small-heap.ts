import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's heap near what is in use, for the rest of the process.
 *
 * The part in which objects begin stays small: what a connection needs for a moment is gone by the next collection
 * either way, but by default up to three times 16 MiB of it, and the buffers that it holds, are waited for.
 *
 * The rest grows by a third at most before it is collected. By default V8 lets it grow the further the slower it
 * collects, to three times what is in use on a busy machine; what the dead objects hold outside of the heap is not
 * given back to the system when they go.
 *
 * Processes that serve are half as large for it, and not slower; one that reads a large configuration would be, so it
 * is asked for after that.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=30');
}
