// A gibibyte each way, by HTTP/1.1 and HTTP/2: it passes through without being kept.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { forgetPeak, peakMb, residentMb } from '../support/process-memory.ts';
import { needs, programPath } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const GIBIBYTE = 1024 * 1024 * 1024;
const LIMIT_MB = 200;
const PIECE = Buffer.alloc(65_536, 'x');

/** GET: a gibibyte, with its length or chunked. PUT: answers how many bytes came. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'PUT') {
    let bytes = 0;
    request.on('data', (piece: Buffer) => (bytes += piece.length));
    request.on('end', () => response.end(String(bytes)));
    return;
  }
  if (request.url === '/length') response.setHeader('content-length', GIBIBYTE);
  let left = GIBIBYTE / PIECE.length;
  const fill = (): void => {
    while (left > 0) {
      left--;
      if (!response.write(PIECE)) return void response.once('drain', fill);
    }
    response.end();
  };
  fill();
}

async function setup(t: TestContext) {
  const certificates = await scenarioCertificates('webServer');
  const upstream = createServer(answer).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  t.after(() => upstream.close());
  const { port: upstreamPort } = upstream.address() as { port: number };
  const port = await freePort();
  const gateway = await runGateway(
    t,
    `
listeners:
  - listen: localhost:${port}
    protocol: https
    tls:
      cert_file: ${certificates}/server.crt
      key_file: ${certificates}/server.key
      ca_file: ${certificates}/ca.crt
      verify: true
    upstream: http://127.0.0.1:${upstreamPort}
workers: 1
`,
  );
  const client = ['--cert', 'client.crt', '--key', 'client.key', '--cacert', 'ca.crt'];
  const own = ['-q', '--silent', '--show-error', '--max-time', '900', ...client];
  return {
    pid: gateway.process.pid ?? 0,
    /** What curl prints. */
    ask: async (path: string, ...args: string[]): Promise<string> => {
      const url = `https://localhost:${port}${path}`;
      const options = { cwd: certificates };
      return (await promisify(execFile)(programPath('curl'), [...own, ...args, url], options))
        .stdout;
    },
  };
}

suite('a gibibyte', needs('curl', 'openssl'), () => {
  for (const version of ['--http1.1', '--http2'] as const) {
    test(`${version}: an upload stays below ${LIMIT_MB} MB`, async (t) => {
      const { pid, ask } = await setup(t);
      const file = join(await temporaryFolder(t, {}), 'zeros');
      const handle = await open(file, 'w');
      await handle.truncate(GIBIBYTE);
      await handle.close();
      forgetPeak(pid);
      assert.equal(await ask('/', version, '-T', file), String(GIBIBYTE));
      t.diagnostic(`peak ${peakMb(pid)} MB, afterwards ${residentMb(pid)} MB`);
      assert.ok(peakMb(pid) < LIMIT_MB, `${peakMb(pid)} MB`);
    });

    for (const path of ['/length', '/chunked']) {
      test(`${version}: a download of ${path} stays below ${LIMIT_MB} MB`, async (t) => {
        const { pid, ask } = await setup(t);
        forgetPeak(pid);
        const written = ['-o', '/dev/null', '-w', '%{size_download}'];
        assert.equal(await ask(path, version, ...written), String(GIBIBYTE));
        t.diagnostic(`peak ${peakMb(pid)} MB, afterwards ${residentMb(pid)} MB`);
        assert.ok(peakMb(pid) < LIMIT_MB, `${peakMb(pid)} MB`);
      });
    }
  }
});
