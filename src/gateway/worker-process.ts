// Entry of a worker process: turns the compile cache on before the program is loaded.
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { keepHeapSmall } = await import('./small-heap.ts');
keepHeapSmall();
await import('./worker.ts');
