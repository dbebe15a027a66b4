import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const CHURN = join(import.meta.dirname, '../../test/programs/heap-churn.ts');
/** Of what is in use; half of it is room for objects that have just begun. By V8's own measure it is six times. */
const MOST = 3;

test('what is replaced all the time is collected before the heap has grown far', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [CHURN]);
  const { least, most } = JSON.parse(stdout) as { least: number; most: number };
  assert.ok(most < least * MOST, `${least} bytes grew to ${most}`);
});
