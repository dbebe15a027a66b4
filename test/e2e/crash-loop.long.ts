// Workers that die as soon as they have started are restarted, but not as fast as they die.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, runGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

function killWorkers(gateway: GatewayProcess): void {
  try {
    const pids = execFileSync('pgrep', ['-P', String(gateway.process.pid)], { encoding: 'utf8' });
    for (const pid of pids.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
  } catch {
    // There is none at the moment, or it died by itself.
  }
}

const LONG_PAUSE_MS = 10_000;

test(
  'a crash loop backs off, and ends when its cause does',
  needs('curl', 'openssl'),
  async (t) => {
    const certificates = await scenarioCertificates('webServer');
    const port = await freePort();
    const tlsKeys = `{ cert_file: ${certificates}/server.crt, key_file: ${certificates}/server.key, verify: false }`;
    const gateway = await runGateway(
      t,
      `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls: ${tlsKeys}
    upstream: "echo:"
workers: 2
`,
    );
    const pauses = (): number[] =>
      gateway.log
        .filter(({ event }) => event === 'worker-died')
        .map(({ restartInMs }) => Number(restartInMs));
    const giveUp = Date.now() + 60_000;
    while ((pauses().at(-1) ?? 0) < LONG_PAUSE_MS && Date.now() < giveUp) {
      killWorkers(gateway);
      await sleep(50);
    }
    t.diagnostic(`pauses before restarts: ${pauses().join(', ')} ms`);
    assert.ok((pauses().at(-1) ?? 0) >= LONG_PAUSE_MS);
    assert.ok(pauses().length < 12, `${pauses().length} restarts`);
    assert.deepEqual(
      pauses(),
      pauses().toSorted((a, b) => a - b),
    );

    const ask = () => curl(['-k', `https://127.0.0.1:${port}/`]);
    let served = await ask();
    for (let waited = 0; served.status !== 200 && waited < 60; waited++) {
      await sleep(500);
      served = await ask();
    }
    assert.equal(served.status, 200);

    // While a restart is waited for, stopping doesn't wait for it.
    const before = pauses().length;
    killWorkers(gateway);
    await gateway.waitForLog(() => pauses().length > before);
    const started = Date.now();
    gateway.process.kill('SIGTERM');
    await once(gateway.process, 'exit');
    assert.ok(Date.now() - started < 5000);
  },
);
