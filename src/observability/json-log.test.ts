import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import type { GatewayEvent } from './event.ts';
import { JsonLog } from './json-log.ts';

const ADMITTED: GatewayEvent = {
  event: 'handshake',
  id: 'h1',
  listener: '127.0.0.1:8443',
  startedAt: 1,
  durationMs: 1.5,
  remoteAddress: '127.0.0.1',
  remotePort: 40_001,
  sni: null,
  offeredVersions: [],
  offeredAlpn: [],
  offeredGroups: [],
  offeredCiphers: [],
  certificate: null,
  mode: 'true',
  version: 'TLSv1.3',
  cipher: null,
  alpn: null,
  resumed: false,
  peer: null,
  presented: null,
  verification: 'SUCCESS',
  outcome: 'admitted',
  cause: null,
  detail: null,
  user: null,
};
const STOPPING: GatewayEvent = { event: 'stopping', reason: 'quote " line\n' };

test('writes an event as a line of JSON: level and time first, words last', async (t) => {
  const path = join(await temporaryFolder(t), 'log');
  const file = openSync(path, 'w');
  new JsonLog(file).take(STOPPING);
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
  new JsonLog(file).take(STOPPING);
});

test('leaves lines out while a reader takes none, and writes no line behind a part of one', async (t) => {
  const path = join(await temporaryFolder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const file = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  t.after(() => closeSync(file));
  const log = new JsonLog(file);
  const reason = 'x'.repeat(5000);
  for (let count = 0; count < 40; count++) log.take({ event: 'stopping', reason });
  const held = drained(file).split('\n');
  const torn = held.pop() ?? '';
  assert.ok(held.length > 5 && held.length < 40, `${held.length} lines`);
  for (const line of held) assert.equal((JSON.parse(line) as { reason: string }).reason, reason);
  assert.notEqual(torn, '');
  assert.equal(log.dropped, 40 - held.length);
  log.take(STOPPING);
  const [rest, whole, nothing] = drained(file).split('\n');
  assert.equal(rest, '');
  assert.equal((JSON.parse(whole ?? '') as { event: string }).event, 'stopping');
  assert.equal(nothing, '');
});

test('lines longer than what is written at a time come in their turn', async (t) => {
  const path = join(await temporaryFolder(t), 'log');
  const file = openSync(path, 'w');
  t.after(() => closeSync(file));
  const log = new JsonLog(file);
  const users = ['a', 'b'.repeat(3000), 'c', 'd'.repeat(5000), 'e'.repeat(40_000), 'f'];
  const many = Array.from({ length: 10 }, () => users).flat();
  for (const user of many) log.take({ ...ADMITTED, user });
  log.flush();
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { user: string }).user),
    many,
  );
});

test('who was admitted is written with the next line that matters, and before it', async (t) => {
  const path = join(await temporaryFolder(t), 'log');
  const file = openSync(path, 'w');
  t.after(() => closeSync(file));
  const log = new JsonLog(file);
  log.take(ADMITTED);
  assert.equal(readFileSync(path, 'utf8'), '');
  log.take(STOPPING);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { event: string }).event),
    ['handshake', 'stopping'],
  );
});

test('who was admitted is written by itself, and where the process ends before', async (t) => {
  const path = join(await temporaryFolder(t), 'log');
  const program = `
    import { openSync } from 'node:fs';
    import { JsonLog } from ${JSON.stringify(join(import.meta.dirname, 'json-log.ts'))};
    const log = new JsonLog(openSync(${JSON.stringify(path)}, 'w'));
    const take = (count) => {
      for (let at = 0; at < count; at++) log.take({ ...${JSON.stringify(ADMITTED)}, id: String(at) });
    };
    take(500);
    setTimeout(() => { take(3); process.exit(0); }, 300);
  `;
  execFileSync(process.execPath, ['--input-type=module-typescript', '-e', program]);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { id: string }).id),
    [...Array(500).keys(), 0, 1, 2].map(String),
  );
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
