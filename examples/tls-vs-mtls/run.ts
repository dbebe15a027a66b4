// TLS and mutual TLS side by side, measured: node tools/with-runtime.js examples/tls-vs-mtls/run.ts
//   --handshakes N   handshakes of each kind to take CPU time and latency from (default 300)
//   --json           the numbers as JSON
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startGateways } from './gateways.ts';
import { measureBoth } from './measurement.ts';
import { comparisonTable } from './table.ts';

const { values } = parseArgs({
  options: {
    handshakes: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
  },
});
const handshakes = Math.max(1, Math.floor(Number(values.handshakes) || 0));

const folder = await mkdtemp(join(tmpdir(), 'tls-vs-mtls-'));
const progress = (text: string): void => {
  if (!values.json) process.stderr.write(`${text}\n`);
};
try {
  progress('making a CA, a server and a client certificate ...');
  const gateways = await startGateways(folder);
  try {
    progress(`${handshakes} handshakes of each kind, by turns ...`);
    const result = await measureBoth(gateways, handshakes);
    process.stdout.write(
      values.json ? `${JSON.stringify(result, null, 2)}\n` : comparisonTable(result),
    );
  } finally {
    await gateways.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
