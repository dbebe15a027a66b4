// curl and h2load before the gateway, nginx behind it: large bodies and many requests arrive whole.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { startHttpGateway } from '../support/http-gateway.ts';
import { OpensslCa } from '../support/openssl-certificates.ts';
import { needs, programPath } from '../support/programs.ts';
import { proxyTo } from '../support/proxy-origin.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const MEGABYTES = 12;

describe('through nginx', needs('nginx', 'curl', 'h2load'), () => {
  let folder = '';
  let origin = '';
  const cleanups: (() => unknown)[] = [];
  const context = {
    after: (clean: unknown): void => void cleanups.unshift(clean as () => unknown),
  };

  before(async () => {
    folder = await temporaryFolder(context);
    mkdirSync(join(folder, 'root'));
    writeFileSync(join(folder, 'root', 'big'), randomBytes(MEGABYTES << 20));
    writeFileSync(join(folder, 'root', 'index.html'), 'Hello World\n');
    writeFileSync(join(folder, 'body'), 'x'.repeat(50_000));
    const port = await freePort();
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port));
    const nginx = spawn(
      programPath('nginx'),
      ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
      { stdio: 'ignore' },
    );
    context.after(() => nginx.kill());
    await listening(port);
    const ca = new OpensslCa('ca');
    context.after(() => ca.remove());
    const certificate = ca.issue('localhost', ['DNS:localhost', 'IP:127.0.0.1']);
    writeFileSync(join(folder, 'ca.crt'), ca.root.certPem);
    const gateway = await startHttpGateway(context, certificate, proxyTo(context, port).origin);
    origin = `https://127.0.0.1:${gateway.port}`;
  });

  after(() => {
    for (const cleanup of cleanups) cleanup();
  });

  for (const version of ['--http1.1', '--http2']) {
    test(`curl ${version} downloads and uploads what nginx has and gets`, async () => {
      const own = ['-q', '-sS', '--fail', '--max-time', '20', '--cacert', join(folder, 'ca.crt')];
      const curl = (...args: string[]): Promise<unknown> =>
        run(programPath('curl'), [...own, version, ...args], { cwd: folder });
      await curl('-o', 'got', `${origin}/big`);
      assert.equal(digest(folder, 'got'), digest(folder, 'root/big'));

      await curl('-T', 'root/big', `${origin}/put/known`);
      assert.equal(digest(folder, 'root/put/known'), digest(folder, 'root/big'));

      // From a pipe the length is unknown: chunked, or until END_STREAM.
      const path = `${origin}/put/unknown`;
      const piped = spawn(programPath('curl'), [...own, version, '-T', '-', path], { cwd: folder });
      piped.stdin.end(readFileSync(join(folder, 'root/big')));
      const [status] = (await once(piped, 'exit')) as [number];
      assert.equal(status, 0);
      assert.equal(digest(folder, 'root/put/unknown'), digest(folder, 'root/big'));
      await curl('-X', 'DELETE', `${origin}/put/known`);
      await curl('-X', 'DELETE', path);
    });
  }

  for (const args of [
    ['-n', '2000', '-c', '4', '-m', '32'],
    ['-n', '300', '-c', '2', '-m', '16', '-d', 'body'],
    ['-n', '2000', '-c', '8', '--h1'],
  ]) {
    test(`h2load ${args.join(' ')}: each request is answered`, async () => {
      const all = [...args, `${origin}/`];
      const { stdout } = await run(programPath('h2load'), all, { cwd: folder });
      const count = args[1] ?? '';
      assert.match(stdout, new RegExp(`, ${count} succeeded, 0 failed, 0 errored, 0 timeout`));
      assert.match(stdout, new RegExp(`status codes: ${count} 2xx`));
    });
  }
});

function configuration(folder: string, port: number): string {
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/body-temp;
  proxy_temp_path ${folder}/proxy-temp;
  fastcgi_temp_path ${folder}/fastcgi-temp;
  uwsgi_temp_path ${folder}/uwsgi-temp;
  scgi_temp_path ${folder}/scgi-temp;
  client_max_body_size 100m;
  keepalive_requests 100;
  server {
    listen 127.0.0.1:${port};
    root ${folder}/root;
    location / { error_page 405 =200 /index.html; }
    location /put/ { dav_methods PUT DELETE; create_full_put_path on; }
  }
}
`;
}

function digest(folder: string, name: string): string {
  return createHash('sha256')
    .update(readFileSync(join(folder, name)))
    .digest('hex');
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(20);
    } finally {
      socket.destroy();
    }
  }
}
