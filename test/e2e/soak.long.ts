// A hundred thousand connections and a million requests: what they held is given back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { residentMb } from '../support/process-memory.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

/** Until the sessions that clients may resume fill the memory that is theirs. */
const WARM_UP: readonly Round[] = [
  { alpn: 'http/1.1', connections: 30_000, requests: 2, batch: 1 },
  { alpn: 'h2', connections: 2000, requests: 25, batch: 25 },
];
/** A hundred thousand connections, a million requests. */
const ROUNDS: readonly Round[] = [
  { alpn: 'http/1.1', connections: 47_500, requests: 2, batch: 2 },
  { alpn: 'h2', connections: 2500, requests: 20, batch: 10 },
  { alpn: 'http/1.1', connections: 80, requests: 9000, batch: 10 },
  { alpn: 'http/1.1', connections: 47_500, requests: 2, batch: 2 },
  { alpn: 'h2', connections: 2500, requests: 20, batch: 10 },
];
const LANES = 16;
const GROWTH = 1.1;

interface Round {
  readonly alpn: 'http/1.1' | 'h2';
  readonly connections: number;
  readonly requests: number;
  /** Requests under way at a time, on each connection. */
  readonly batch: number;
}

const PROGRAMS = join(import.meta.dirname, '../programs');

async function steadyUpstream(t: TestContext): Promise<number> {
  const upstream = spawn(process.execPath, [join(PROGRAMS, 'steady-upstream.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => upstream.kill());
  const [port] = (await once(upstream.stdout, 'data')) as [Buffer];
  return Number(port);
}

/** Resolves to how many of the connections resumed a session. */
async function play(port: number, certificates: string, round: Round): Promise<number> {
  const { alpn, connections, requests, batch } = round;
  const args = [port, certificates, connections, requests, batch, LANES, alpn].map(String);
  const client = spawn(process.execPath, [join(PROGRAMS, 'soak-client.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  client.stdout.on('data', (text: Buffer) => (output += text.toString()));
  await once(client, 'close');
  const { resumed, ...outcome } = JSON.parse(output) as { resumed: number };
  assert.deepEqual(outcome, { answered: connections * requests, failed: 0 });
  return resumed;
}

test('memory is given back', needs('openssl'), async (t) => {
  const certificates = await scenarioCertificates('webServer');
  const port = await freePort();
  const gateway = await runGateway(
    t,
    `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls:
      cert_file: ${certificates}/server.crt
      key_file: ${certificates}/server.key
      ca_file: ${certificates}/ca.crt
      verify: true
    upstream: http://127.0.0.1:${await steadyUpstream(t)}
workers: 1
`,
  );
  const pid = gateway.process.pid ?? 0;
  const settled = async (): Promise<number> => {
    await sleep(5000);
    return residentMb(pid);
  };
  t.diagnostic(`at the start ${residentMb(pid)} MB`);
  for (const round of WARM_UP) await play(port, certificates, round);
  const before = await settled();
  t.diagnostic(`warm ${before} MB`);
  for (const round of ROUNDS) {
    const started = performance.now();
    const resumed = await play(port, certificates, round);
    const seconds = Math.round((performance.now() - started) / 1000);
    t.diagnostic(
      `${JSON.stringify(round)}: ${resumed} resumed, ${seconds} s, ${residentMb(pid)} MB`,
    );
  }
  const after = await settled();
  t.diagnostic(`in the end ${after} MB`);
  assert.ok(after < before * GROWTH, `${before} MB became ${after} MB`);
});
