// What /metrics counts is what clients did, over both workers and beyond the death of one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as tls from 'node:tls';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, runGateway } from '../support/gateway-process.ts';
import { startHttpUpstream } from '../support/http-upstream.ts';
import { needs } from '../support/programs.ts';
import { type ReadMetric, readPrometheusText, total } from '../support/prometheus-text.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

type Metrics = ReadonlyMap<string, ReadMetric>;

interface Measured {
  readonly gateway: GatewayProcess;
  readonly folder: string;
  readonly port: number;
  readonly listener: string;
  readonly upstream: string;
  readonly scrape: () => Promise<Metrics>;
  /** Scrapes until this holds. */
  readonly scrapeUntil: (holds: (metrics: Metrics) => boolean) => Promise<Metrics>;
  /** curl with these arguments, `/PATH` last. */
  readonly ask: (...args: string[]) => Promise<number | null>;
}

async function measured(t: TestContext): Promise<Measured> {
  const folder = await scenarioCertificates('webServer');
  const [port, admin] = [await freePort(), await freePort()];
  const upstream = await startHttpUpstream(t);
  const gateway = await runGateway(
    t,
    `
listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: ${folder}/server.crt, key_file: ${folder}/server.key, ca_file: ${folder}/ca.crt, verify: true }
    routes:
      - { match: { path: /up }, upstream: api }
      - { match: { path: /down }, upstream: gone }
      - { match: { path: /fixed }, respond: { status: 204 } }
upstreams:
  api: { url: '${upstream.url}' }
  gone: { url: 'http://127.0.0.1:1' }
admin: { listen: 127.0.0.1:${admin} }
workers: 2
`,
  );
  const scrape = async (): Promise<Metrics> => {
    const answer = await curl([`http://127.0.0.1:${admin}/metrics`]);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    return readPrometheusText(answer.body);
  };
  return {
    gateway,
    folder,
    port,
    listener: `127.0.0.1:${port}`,
    upstream: 'api',
    scrape,
    async scrapeUntil(holds) {
      for (let tries = 0; tries < 200; tries++) {
        const metrics = await scrape();
        if (holds(metrics)) return metrics;
        await delay(50);
      }
      throw new Error('it never held');
    },
    async ask(...args) {
      const path = args.pop() ?? '';
      const { status } = await curl(
        ['--cacert', 'ca.crt', ...args, `https://localhost:${port}${path}`],
        { cwd: folder },
      );
      return status;
    },
  };
}

const ALICE = ['--cert', 'client.crt', '--key', 'client.key'];
const EXPIRED = ['--cert', 'expired.crt', '--key', 'expired.key'];

test('metrics of two workers', needs('curl'), async (t) => {
  const { gateway, folder, port, listener, scrape, scrapeUntil, ask } = await measured(t);

  await t.test('a gateway that did nothing has counted nothing', async () => {
    const metrics = await scrape();
    assert.equal(total(metrics, 'countersign_handshakes_total'), 0);
    assert.equal(total(metrics, 'countersign_requests_total'), 0);
    assert.equal(total(metrics, 'countersign_workers_ready'), 2);
  });

  await t.test('handshakes are counted by outcome, finding and version', async () => {
    for (let i = 0; i < 5; i++) assert.equal(await ask(...ALICE, '--http1.1', '/up'), 200);
    for (let i = 0; i < 3; i++) assert.equal(await ask(...ALICE, '--http2', '/up'), 200);
    assert.equal(await ask(...ALICE, '--http1.1', '--tls-max', '1.2', '/fixed'), 204);
    for (let i = 0; i < 2; i++) assert.equal(await ask('/up'), null);
    for (let i = 0; i < 2; i++) assert.equal(await ask(...EXPIRED, '/up'), null);
    const metrics = await scrape();
    const count = (labels: Record<string, string>): number =>
      total(metrics, 'countersign_handshakes_total', { listener, ...labels });
    assert.equal(count({ outcome: 'admitted', version: 'TLSv1.3', finding: 'none' }), 8);
    assert.equal(count({ outcome: 'admitted', version: 'TLSv1.2', finding: 'none' }), 1);
    assert.equal(count({ outcome: 'refused', finding: 'no-certificate' }), 2);
    assert.equal(count({ outcome: 'refused', finding: 'expired', version: 'TLSv1.3' }), 2);
    assert.equal(count({}), 13);
    assert.equal(total(metrics, 'countersign_handshake_seconds_count', { listener }), 13);
    const seconds = total(metrics, 'countersign_handshake_seconds_sum', { listener });
    assert.ok(seconds > 0 && seconds < 60, `${seconds} s`);
  });

  await t.test('requests are counted by status class, and upstreams are measured', async () => {
    assert.equal(await ask(...ALICE, '--http1.1', '/nowhere'), 404);
    assert.equal(await ask(...ALICE, '--http2', '/nowhere'), 404);
    assert.equal(await ask(...ALICE, '/down'), 502);
    const metrics = await scrape();
    const count = (status: string): number =>
      total(metrics, 'countersign_requests_total', { listener, status });
    assert.deepEqual(['none', '1xx', '2xx', '3xx', '4xx', '5xx'].map(count), [0, 0, 9, 0, 2, 1]);
    assert.equal(total(metrics, 'countersign_upstream_seconds_count', { upstream: 'api' }), 8);
    assert.equal(total(metrics, 'countersign_upstream_up', { upstream: 'api' }), 1);
    assert.equal(total(metrics, 'countersign_upstream_up', { upstream: 'gone' }), 0);
  });

  await t.test('connections are there while they are, and their bytes are counted', async () => {
    const closed = (metrics: Metrics): boolean => total(metrics, 'countersign_connections') === 0;
    const before = await scrapeUntil(closed);
    const raw = net.connect(port, '127.0.0.1');
    const client = tls.connect({
      socket: raw,
      cert: readFileSync(join(folder, 'client.crt')),
      key: readFileSync(join(folder, 'client.key')),
      ca: readFileSync(join(folder, 'ca.crt')),
      servername: 'localhost',
    });
    client.write('GET /fixed HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(client.resume(), 'data');
    const during = await scrape();
    assert.equal(total(during, 'countersign_connections', { listener, protocol: 'http/1.1' }), 1);
    assert.equal(total(during, 'countersign_connections'), 1);
    client.write('GET / HTTP/1.1\r\n\r\n');
    await once(raw, 'close');
    const after = await scrapeUntil(closed);
    const bad = { listener, status: '4xx' };
    assert.equal(total(after, 'countersign_requests_total', bad), 3, 'one without Host');
    const moved = (name: string): number => total(after, name) - total(before, name);
    assert.equal(moved('countersign_received_bytes_total'), raw.bytesWritten);
    assert.equal(moved('countersign_sent_bytes_total'), raw.bytesRead);
  });

  await t.test('certificates are told by the days that are left', async () => {
    const metrics = await scrape();
    const [days] = metrics.get('countersign_certificate_expiry_days')?.samples ?? [];
    assert.equal(days?.labels.get('certificate'), join(folder, 'server.crt'));
    assert.ok(days.value > 363 && days.value <= 365, `${days.value}`);
    const clients = (within: string): number =>
      total(metrics, 'countersign_client_certificates', { within_days: within });
    assert.deepEqual([clients('90'), clients('any')], [0, 1], 'one client, seen by both workers');
    assert.ok(total(metrics, 'countersign_client_certificate_expiry_days') > 363);
  });

  await t.test('what a worker counted stays when it dies', async () => {
    const before = await scrape();
    const pids = execFileSync('pgrep', ['-P', String(gateway.process.pid)], { encoding: 'utf8' });
    process.kill(Number.parseInt(pids), 'SIGKILL');
    const after = await scrapeUntil(
      (metrics) => total(metrics, 'countersign_workers_restarted_total') === 1,
    );
    for (const [name, { type, samples }] of before) {
      if (type === 'gauge' || name === 'countersign_workers_restarted_total') continue;
      for (const { name: series, labels, value } of samples) {
        assert.equal(total(after, series, Object.fromEntries(labels)), value, `${name} ${series}`);
      }
    }
    await scrapeUntil((metrics) => total(metrics, 'countersign_workers_ready') === 2);
    assert.equal(await ask(...ALICE, '/up'), 200);
    const requests = total(await scrape(), 'countersign_requests_total');
    assert.equal(requests, total(before, 'countersign_requests_total') + 1);
  });

  await t.test('readings of the configuration are counted by their outcome', async () => {
    const count = (metrics: Metrics, outcome: string): number =>
      total(metrics, 'countersign_reloads_total', { outcome });
    // Another look at the files may come on its own.
    const before = count(await scrape(), 'unchanged');
    gateway.process.kill('SIGHUP');
    const metrics = await scrapeUntil((read) => count(read, 'unchanged') > before);
    assert.deepEqual([count(metrics, 'applied'), count(metrics, 'failed')], [0, 0]);
  });

  await t.test('each process tells of its memory', async () => {
    const memory = (await scrape()).get('countersign_resident_memory_bytes')?.samples ?? [];
    const names = new Set(memory.map(({ labels }) => labels.get('process')));
    assert.deepEqual(names, new Set(['primary', 'worker-1', 'worker-2']));
    for (const { value } of memory) assert.ok(value > 10e6 && value < 1e9, `${value}`);
  });
});
