import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuMicroseconds, cpuSince } from './cpu-time.ts';

const ON_LINUX = { skip: process.platform === 'linux' ? false : 'reads /proc' };

test('counts the CPU time of a process and of its children', ON_LINUX, async (t) => {
  // A shell that waits while its child works.
  const child = spawn('sh', ['-c', 'sh -c "while :; do :; done" & wait'], { detached: true });
  const pid = child.pid ?? 0;
  t.after(() => process.kill(-pid, 'SIGKILL'));
  const before = cpuMicroseconds(pid);
  const since = cpuSince(pid);
  for (let waited = 0; waited < 4000; waited += 100) {
    await delay(100);
    if (cpuMicroseconds(pid) - before >= 50_000 && since() >= 50_000) return;
  }
  assert.fail(`only ${cpuMicroseconds(pid) - before} us in 4 s`);
});
