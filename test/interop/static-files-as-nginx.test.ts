import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { StaticFiles } from '../../src/frontends/http/origins/files.ts';
import { FakeExchange } from '../support/fake-exchange.ts';
import { freePort } from '../support/free-port.ts';
import { needs, programPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What both servers have to agree on. */
interface Seen {
  status: number;
  length: string | null;
  range: string | null;
  type: string | null;
  location: string | null;
}

type Case = [method: string, target: string, ...fields: string[]];

const changed = new Date('2026-01-02T03:04:05Z');
const modified = 'Fri, 02 Jan 2026 03:04:05 GMT';

const cases: Case[] = [
  ['GET', '/'],
  ['HEAD', '/'],
  ['POST', '/'],
  ['PUT', '/a.txt'],
  ['DELETE', '/a.txt'],
  ['GET', '/a.txt'],
  ['HEAD', '/a.txt'],
  ['GET', '/a.txt?query'],
  ['GET', '/a.txt/'],
  ['GET', '/a.txt/b'],
  ['GET', '/A.txt'],
  ['GET', '//a.txt'],
  ['GET', '/docs//page.html'],
  ['GET', '/%61.txt'],
  ['GET', '/none'],
  ['HEAD', '/none'],
  ['GET', '/none/'],
  ['GET', '/docs'],
  ['GET', '/docs?x=1&y=%20'],
  ['HEAD', '/docs'],
  ['GET', '/docs/'],
  ['GET', '/docs//'],
  ['GET', '/docs/page.html'],
  ['GET', '/bare'],
  ['GET', '/bare/'],
  ['GET', '/bare/index.html'],
  ['GET', '/a%20b'],
  ['GET', '/with%20space'],
  ['GET', '/with%20space/'],
  ['GET', '/%E4%BD%A0'],
  ['GET', '/empty'],
  ['HEAD', '/empty'],
  ['GET', '/link'],
  ['GET', '/loop'],
  ['GET', '/a;b'],
  ['GET', '/a+b'],
  ['GET', '/50%25'],
  ['GET', `/${'a'.repeat(300)}`],
  ...[
    'css',
    'json',
    'png',
    'jpg',
    'svg',
    'pdf',
    'woff2',
    'mp4',
    'zip',
    'unknown',

    'PNG',
  ].map((extension): Case => ['GET', `/types/file.${extension}`]),
  ['GET', '/types/plain'],
  ...[
    '0-0',
    '0-',
    '5-',
    '-1',
    '-100',
    '2-4',
    '9-9',
    '9-100',
    '10-',
    '10-20',
    '-0',
    '4-2',
    'x',
    '',
  ].map((range): Case => ['GET', '/a.txt', `Range: bytes=${range}`]),
  ['GET', '/a.txt', 'Range: lines=0-1'],
  ['GET', '/a.txt', 'Range: bytes=0-9,0-9'],
  ['GET', '/a.txt', 'Range: bytes=50-60,0-1'],
  ['GET', '/a.txt', 'Range: bytes=50-60,70-80'],
  ['GET', '/empty', 'Range: bytes=0-'],
  ['GET', '/large.bin', 'Range: bytes=100000-299999'],
  ['GET', '/large.bin'],
  ['GET', '/a.txt', 'Range: bytes=0-1', `If-Range: ${modified}`],
  ['GET', '/a.txt', 'Range: bytes=0-1', 'If-Range: Fri, 02 Jan 2026 03:04:06 GMT'],
  ['GET', '/a.txt', 'Range: bytes=0-1', 'If-Range: "other"'],
  ['GET', '/a.txt', `If-Modified-Since: ${modified}`],
  ['HEAD', '/a.txt', `If-Modified-Since: ${modified}`],
  ['GET', '/a.txt', 'If-Modified-Since: Fri, 02 Jan 2026 03:04:04 GMT'],
  ['GET', '/a.txt', 'If-Modified-Since: nonsense'],
  ['GET', '/a.txt', `If-Unmodified-Since: ${modified}`],
  ['GET', '/a.txt', 'If-Unmodified-Since: Fri, 02 Jan 2026 03:04:04 GMT'],
  ['GET', '/a.txt', 'If-None-Match: *'],
  ['GET', '/a.txt', 'If-None-Match: "other"'],
  ['GET', '/a.txt', 'If-None-Match: "other"', `If-Modified-Since: ${modified}`],
  ['GET', '/a.txt', 'If-Match: *'],
  ['GET', '/a.txt', 'If-Match: "other"'],
];

describe('static files are answered as nginx answers them', needs('nginx'), () => {
  const cleanups: (() => unknown)[] = [];
  let root = '';
  let port = 0;

  before(async () => {
    const folder = await temporaryFolder({
      after: (clean) => void cleanups.push(clean),
    });
    root = join(folder, 'root');
    await makeTree(root);
    port = await freePort();
    await writeFile(join(folder, 'nginx.conf'), configuration(folder, root, port));
    const nginx = spawn(
      programPath('nginx'),
      ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
      { stdio: 'ignore' },
    );
    cleanups.unshift(() => nginx.kill());
    await untilListening(port);
  });

  after(async () => {
    for (const clean of cleanups) await clean();
  });

  for (const [method, target, ...fields] of cases) {
    test([method, target.slice(0, 40), ...fields].join(' '), async () => {
      const ours = await askOurs(root, method, target, fields);
      assert.deepEqual(ours, await askNginx(port, method, target, fields));
    });
  }
});

async function makeTree(root: string): Promise<void> {
  for (const name of ['docs', 'bare', 'types', 'with space']) {
    await mkdir(join(root, name), { recursive: true });
  }
  const texts = { 'index.html': 'home', 'docs/index.html': 'docs', 'docs/page.html': 'page' };
  const odd = {
    'a b': 'space',
    'with space/index.html': 'in',
    你: 'hello',
    'a;b': 'x',
    'a+b': 'x',
  };
  const plain = { 'a.txt': 'abcdefghij', empty: '', '50%': 'x', 'types/plain': 'x' };
  for (const [name, text] of Object.entries({ ...texts, ...odd, ...plain })) {
    await writeFile(join(root, name), text);
    await utimes(join(root, name), changed, changed);
  }
  for (const [, target] of cases.filter(([, name]) => name.startsWith('/types/file.'))) {
    await writeFile(join(root, target), 'x');
  }
  await writeFile(join(root, 'large.bin'), Buffer.alloc(500_000, 'x'));
  await symlink('a.txt', join(root, 'link'));
  await symlink('loop', join(root, 'loop'));
}

function configuration(folder: string, root: string, port: number): string {
  return `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
    events {}
    http {
      include /etc/nginx/mime.types; default_type application/octet-stream; access_log off;
      absolute_redirect off;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      server {
        listen 127.0.0.1:${port};
        root "${root}"; index index.html;
        location / { try_files $uri $uri/ =404; }
      }
    }`;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const isUp = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () =>
        resolve(false),
      );
      socket.once('connect', () => socket.destroy());
    });
    if (isUp) return;
    await delay(50);
  }
  throw new Error('nginx does not listen');
}

async function askOurs(
  root: string,
  method: string,
  target: string,
  fields: readonly string[],
): Promise<Seen> {
  const exchange = new FakeExchange({ method, target, fields });
  new StaticFiles({ kind: 'files', root, tryFiles: [], index: ['index.html'] }).handle(exchange);
  const answer = await exchange.answer;
  return seen(answer.status, (name) =>
    name === 'content-length'
      ? (answer.length?.toString() ?? null)
      : (answer.fields.get(name) ?? null),
  );
}

function askNginx(
  port: number,
  method: string,
  target: string,
  fields: readonly string[],
): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const lines = [
      `${method} ${target} HTTP/1.1`,
      'Host: test.com',
      'Connection: close',
      ...fields,
    ];
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = ''] = text.split('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
      resolve(seen(status, (name) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1] ?? null));
    });
  });
}

/** Error pages differ by design, and a media type is compared without its charset. */
function seen(status: number, field: (name: string) => string | null): Seen {
  const isContent = status === 200 || status === 206;
  const [type = null] = field('content-type')?.split(';') ?? [];
  return {
    status,
    length: isContent ? field('content-length') : null,
    range: field('content-range'),
    type: isContent ? type : null,
    location: field('location'),
  };
}
