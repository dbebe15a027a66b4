import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

/** The ids of what is written of a probe, an admitted and a refused client. */
function written(level: string): unknown[] {
  const program = `
    import { StandardErrorLog } from ${JSON.stringify(join(import.meta.dirname, 'standard-error-log.ts'))};
    const log = new StandardErrorLog();
    log.level = ${JSON.stringify(level)};
    const record = { event: 'handshake', listener: ':1', remoteAddress: '::1', offeredVersions: [] };
    log.take({ ...record, id: 'probe', outcome: 'refused', cause: 'client-closed' });
    log.take({ ...record, id: 'admitted', outcome: 'admitted', cause: null });
    log.take({ ...record, id: 'refused', outcome: 'refused', cause: 'expired' });
    log.flush();
  `;
  const { stderr } = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '-e', program],
    { encoding: 'utf8' },
  );
  const lines = stderr.trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { id: unknown }).id);
}

test('writes what matters as much as its level says', () => {
  assert.deepEqual(written('debug'), ['probe', 'admitted', 'refused']);
  assert.deepEqual(written('info'), ['admitted', 'refused']);
  assert.deepEqual(written('warn'), ['refused']);
});
