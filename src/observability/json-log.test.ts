import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import type { GatewayEvent } from './event.ts';
import { createJsonSink } from './json-log.ts';

const STOPPING: GatewayEvent = { event: 'stopping', reason: 'quote " line\n' };

test('writes an event as a line of JSON: level and time first, words last', async (t) => {
  const path = join(await temporaryFolder(t), 'log');
  const file = openSync(path, 'w');
  createJsonSink({ fd: file })(STOPPING);
  closeSync(file);
  const text = readFileSync(path, 'utf8');
  assert.match(text, /^[^\n]+\n$/);
  const line = JSON.parse(text) as Record<string, unknown>;
  assert.deepEqual(Object.keys(line), ['level', 'time', 'event', 'reason', 'msg']);
  assert.deepEqual(
    { ...line, time: null },
    { level: 'info', time: null, ...STOPPING, msg: `stopping: ${STOPPING.reason}` },
  );
  assert.match(String(line['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('does not throw where nothing can be written', async (t) => {
  const file = openSync(join(await temporaryFolder(t), 'log'), 'w');
  closeSync(file);
  createJsonSink({ fd: file })(STOPPING);
});

test('leaves lines out while a reader takes none, and writes no line behind a part of one', async (t) => {
  const path = join(await temporaryFolder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const file = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  t.after(() => closeSync(file));
  const sink = createJsonSink({ fd: file });
  const reason = 'x'.repeat(5000);
  for (let count = 0; count < 40; count++) sink({ event: 'stopping', reason });
  const held = drained(file).split('\n');
  const torn = held.pop() ?? '';
  assert.ok(held.length > 5 && held.length < 40, `${held.length} lines`);
  for (const line of held) assert.equal((JSON.parse(line) as { reason: string }).reason, reason);
  assert.notEqual(torn, '');
  sink(STOPPING);
  const [rest, whole, nothing] = drained(file).split('\n');
  assert.equal(rest, '');
  assert.equal((JSON.parse(whole ?? '') as { event: string }).event, 'stopping');
  assert.equal(nothing, '');
});

/** What a pipe holds. */
function drained(file: number): string {
  const chunk = Buffer.alloc(1 << 16);
  let text = '';
  for (;;) {
    try {
      text += chunk.toString('utf8', 0, readSync(file, chunk));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
      return text;
    }
  }
}
