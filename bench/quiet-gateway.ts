// A gateway whose events go nowhere: what telling of them costs is measured beside it.
import { loadConfig } from '../src/config/load.ts';
import { nodeFileSystem } from '../src/config/node-file-system.ts';
import { Gateway } from '../src/gateway/gateway.ts';
import { keepHeapSmall } from '../src/gateway/small-heap.ts';
import { createGatewayLog } from '../src/observability/log.ts';

// As the command does it: memory must not make the difference.
keepHeapSmall();
const [file = ''] = process.argv.slice(2);
const result = loadConfig(file, {
  cwd: process.cwd(),
  variables: {},
  fileSystem: nodeFileSystem,
  now: Date.now(),
});
if (result.kind === 'invalid') throw new Error(JSON.stringify(result.errors));
const gateway = new Gateway(
  createGatewayLog(() => {}),
  'alone',
);
await gateway.apply(result.options, 0);
process.once('SIGTERM', () => void gateway.close(0));
