// Entry of a worker process: turns the compile cache on before the program is loaded.
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { keepYoungGenerationSmall } = await import('./young-generation.ts');
keepYoungGenerationSmall();
await import('./worker.ts');
