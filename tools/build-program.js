// Makes dist/program: the command line and the worker as few files, with what they need of npm packages.
// A start that loads four hundred modules spends half of its time on finding them.
import { rolldown } from 'rolldown';

const bundle = await rolldown({
  input: { countersign: 'src/cli/main.ts', 'worker-process': 'src/gateway/worker-process.ts' },
  platform: 'node',
});
await bundle.write({
  dir: 'dist/program',
  format: 'esm',
  // All in one folder, as far from the root as the source's modules are from theirs.
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
});
await bundle.close();
