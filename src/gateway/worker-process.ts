// Entry of a worker process: turns the compile cache on before the program is loaded.
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('./worker.ts');
