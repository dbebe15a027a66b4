import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { canonicalPath } from '../../src/frontends/http/wire/path.ts';
import { freePort } from '../support/free-port.ts';
import { type Meaning, readByUs } from '../support/http1-difference.ts';
import { mutationsOf } from '../support/http1-mutations.ts';
import { needs, programPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { requestCases } from '../vectors/http1-requests.ts';

const corpus = requestCases.map(({ raw }) => raw).filter((raw) => raw.length < 20_000);

describe('nginx reads what is passed on as it was read here', needs('nginx'), () => {
  let port = 0;
  const cleanups: (() => unknown)[] = [];

  before(async () => {
    const folder = await temporaryFolder({ after: (clean) => void cleanups.push(clean) });
    port = await freePort();
    await writeFile(join(folder, 'nginx.conf'), configuration(folder, port));
    const nginx = spawn(
      programPath('nginx'),
      ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
      { stdio: 'ignore' },
    );
    cleanups.unshift(() => nginx.kill());
    while ((await ask(port, 'GET / HTTP/1.0\r\n\r\n').catch(() => '')) === '') await delay(20);
  });

  after(() => {
    for (const cleanup of cleanups) cleanup();
  });

  test('the corpus', async () => {
    let requests = 0;
    for (const raw of corpus) requests += await compare(raw, port);
    assert.ok(requests > 100);
  });

  test('mutations of it', async () => {
    await fc.assert(
      fc.asyncProperty(mutationsOf(corpus), async (raw) => {
        await compare(raw, port);
      }),
      { numRuns: 300 },
    );
  });
});

async function compare(raw: string, port: number): Promise<number> {
  const { meanings, upstream } = await readByUs(raw);
  if (!meanings.every(isReadByNginx)) return 0;
  const answers = await ask(port, upstream);
  const seen = [...answers.matchAll(/^> (.*)$/gm)].map(([, line]) => line);
  const ours = meanings.map(({ method, target, host }) => `${method} ${target} ${host}`);
  assert.deepEqual(seen, ours, `${JSON.stringify(upstream)}: ${answers}`);
  return meanings.length;
}

/** Methods in upper case, and unambiguous paths: it refuses the rest, as it may. HEAD shows nothing. */
function isReadByNginx({ method, target }: Meaning): boolean {
  const path = canonicalPath(target.split('?')[0] ?? '');
  const isKnown = /^[A-Z_-]+$/.test(method) && method !== 'TRACE' && method !== 'HEAD';
  return isKnown && target !== '*' && path.kind === 'path';
}

function ask(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(text, 'latin1'));
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => {
      answer += part;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

function configuration(folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ');
  return `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
    events { worker_connections 64; }
    http {
      access_log off; default_type text/plain; ${temporary}
      large_client_header_buffers 4 64k; merge_slashes off;
      server {
        listen 127.0.0.1:${port};
        location / { return 200 "> $request_method $request_uri $http_host\\n"; }
      }
    }`;
}
