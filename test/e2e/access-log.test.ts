// The access log: a line a request, from both workers into one file, and what it says is what happened.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { curl, type CurlResult } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { type HttpUpstream, startHttpUpstream } from '../support/http-upstream.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Logged {
  readonly gateway: GatewayProcess;
  readonly upstream: HttpUpstream;
  readonly log: string;
  readonly configure: (settings: string) => Promise<void>;
  readonly ask: (path: string, ...args: string[]) => Promise<CurlResult>;
  /** The log's lines once there are so many. */
  readonly lines: (count: number, file?: string) => Promise<string[]>;
}

async function logged(t: TestContext, settings: string): Promise<Logged> {
  const certificates = await scenarioCertificates('webServer');
  const folder = await temporaryFolder(t);
  const port = await freePort();
  const upstream = await startHttpUpstream(t);
  const path = join(folder, 'gateway.yaml');
  const configure = async (text: string): Promise<void> => {
    await writeFile(
      path,
      `
listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: ${certificates}/server.crt, key_file: ${certificates}/server.key, ca_file: ${certificates}/ca.crt, verify: optional }
    upstream: ${upstream.url}
authorization: { users: [{ user: alice@example.com }] }
workers: 2
${text}
`,
    );
  };
  await configure(settings);
  const log = join(folder, 'access.log');
  const gateway = await startGateway(t, ['run', path]);
  return {
    gateway,
    upstream,
    log,
    configure,
    ask: (target, ...args) =>
      curl(['--cacert', 'ca.crt', ...args, `https://localhost:${port}${target}`], {
        cwd: certificates,
      }),
    async lines(count, file = log) {
      for (let tries = 0; tries < 200; tries++) {
        const lines = existsSync(file) ? readFileSync(file, 'latin1').split('\n') : [];
        if (lines.length > count) return lines.slice(0, -1);
        await delay(50);
      }
      throw new Error(`fewer than ${count} lines:\n${readFileSync(file, 'latin1')}`);
    },
  };
}

const ALICE = ['--cert', 'client.crt', '--key', 'client.key'];
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

interface JsonLine {
  readonly id: string;
  readonly user: string | null;
  readonly request: { readonly target: string; readonly version: string };
  readonly status: number;
  readonly bytes: number;
  readonly trace: string | null;
}

test('JSON', needs('curl'), async (t) => {
  const settings = 'access_log: { file: access.log }';
  const { gateway, upstream, log, configure, ask, lines } = await logged(t, settings);
  const last = async (count: number): Promise<JsonLine> =>
    JSON.parse((await lines(count)).at(-1) ?? '') as JsonLine;

  await t.test(
    'a line has user, ids and what was asked and answered, in both versions',
    async () => {
      for (const [at, version] of ['1.1', '2'].entries()) {
        const trace = ['-H', `traceparent: ${TRACE}`];
        const { body } = await ask(`/x?v=${version}`, `--http${version}`, ...ALICE, ...trace);
        const line = await last(at + 1);
        assert.equal(line.user, 'alice@example.com');
        assert.equal(line.request.target, `/x?v=${version}`);
        assert.equal(line.request.version, version);
        assert.deepEqual([line.status, line.bytes], [200, Buffer.byteLength(body)]);
        assert.equal(line.trace, '0af7651916cd43dd8448eb211c80319c');
        assert.equal(upstream.requests.at(-1)?.headers['traceparent'], TRACE);
        await gateway.waitForLog(({ event, id }) => event === 'handshake' && id === line.id);
      }
    },
  );

  await t.test('a malformed trace is removed, and none is made unasked', async () => {
    for (const [at, version] of ['1.1', '2'].entries()) {
      const trace = ['-H', 'traceparent: 00-x', '-H', 'tracestate: a=1'];
      await ask('/', `--http${version}`, ...trace);
      const line = await last(at + 3);
      assert.deepEqual([line.trace, line.user], [null, null]);
      const { headers } = upstream.requests.at(-1) ?? {};
      assert.deepEqual([headers?.['traceparent'], headers?.['tracestate']], [undefined, undefined]);
    }
  });

  await t.test('a renamed file is left for a new one', async () => {
    renameSync(log, `${log}.1`);
    let sent = 0;
    while (!existsSync(log)) {
      await ask('/');
      sent++;
    }
    for (let more = 0; more < 8; more++) await ask('/');
    await lines(1);
    const count = (file: string): number => readFileSync(file, 'latin1').split('\n').length - 1;
    for (let tries = 0; tries < 200 && count(log) + count(`${log}.1`) < sent + 12; tries++) {
      await delay(50);
    }
    assert.equal(count(log) + count(`${log}.1`), sent + 12);
  });

  await t.test('a reload that makes traces hands them on and logs them', async () => {
    await configure('access_log: { file: other.log, format: json }\ntraceparent: make');
    await gateway.waitForLog(({ event }) => event === 'reloaded');
    for (const version of ['1.1', '2']) await ask('/', `--http${version}`);
    const read = (await lines(2, log.replace('access', 'other'))).map(
      (line) => (JSON.parse(line) as JsonLine).trace,
    );
    const passed = upstream.requests.slice(-2).map(({ headers }) => headers['traceparent']);
    for (const value of passed) assert.match(String(value), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.deepEqual(new Set(passed.map((value) => String(value).slice(3, 35))), new Set(read));
  });

  await t.test('a file that can not be written to leaves the last good configuration', async () => {
    await configure('access_log: { file: /nowhere/access.log }');
    const { problems } = await gateway.waitForLog(({ event }) => event === 'reload-failed');
    assert.match(String(problems), /cannot write the access log: .*ENOENT.*\/nowhere\/access\.log/);
    assert.equal((await ask('/')).status, 200);
  });
});

test('the common format goes to standard output as well', needs('curl'), async (t) => {
  const { gateway, ask } = await logged(t, 'access_log: { file: stdout, format: common }');
  await ask('/a"b', ...ALICE);
  for (let tries = 0; tries < 200 && gateway.stdout() === ''; tries++) await delay(50);
  assert.match(
    gateway.stdout(),
    /^127\.0\.0\.1 - alice@example\.com \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/a(?:%22|\\")b HTTP\/2" 200 \d+\n$/,
  );
});

test('lines that wait are written before the gateway ends', needs('curl'), async (t) => {
  const { gateway, ask, lines } = await logged(t, 'access_log: { file: access.log }');
  await Promise.all(Array.from({ length: 5 }, () => ask('/')));
  await gateway.stop();
  assert.equal((await lines(5)).length, 5);
});
