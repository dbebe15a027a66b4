import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { FakeExchange, type FakeRequest } from '../../../../test/support/fake-exchange.ts';
import { StaticFiles } from './files.ts';

const changed = new Date('2026-01-02T03:04:05Z');
const large = Buffer.from(Uint8Array.from({ length: 600_000 }, (_, index) => index % 251));

let folder = '';
let root = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-files-'));
  root = join(folder, 'root');
  await mkdir(join(root, 'docs/empty'), { recursive: true });
  await mkdir(join(root, '.well-known'));
  await mkdir(join(root, '.git'));
  await mkdir(join(folder, 'root-beside'));
  const texts: Record<string, string> = {
    'root/index.html': '<h1>home</h1>',
    'root/a.txt': 'abcdefghij',
    'root/empty': '',
    'root/docs/index.html': '<h1>docs</h1>',
    'root/docs/page.html': 'page',
    'root/50%off?#.txt': 'odd',
    'root/你好.txt': 'hello',
    'root/.env': 'secret',
    'root/.git/config': 'secret',
    'root/.well-known/security.txt': 'contact',
    'outside.txt': 'outside',
    'root-beside/x.txt': 'outside',
  };
  for (const [name, content] of Object.entries(texts)) await writeFile(join(folder, name), content);
  await writeFile(join(root, 'large.bin'), large);
  await utimes(join(root, 'a.txt'), changed, changed);
  await symlink('a.txt', join(root, 'inner'));
  await symlink('docs', join(root, 'inner-docs'));
  await symlink('../outside.txt', join(root, 'outer'));
  await symlink('..', join(root, 'outer-folder'));
  await symlink('../root-beside', join(root, 'beside'));
  await symlink('loop', join(root, 'loop'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
});

after(() => rm(folder, { recursive: true }));

interface Served {
  tryFiles?: readonly string[];
  index?: readonly string[];
  at?: string;
}

function ask(
  request: FakeRequest,
  { tryFiles = [], index = ['index.html'], at = root }: Served = {},
) {
  const exchange = new FakeExchange(request);
  new StaticFiles({ kind: 'files', root: at, tryFiles, index }).handle(exchange);
  return exchange.answer;
}

async function status(target: string, served?: Served): Promise<number> {
  return (await ask({ target }, served)).status;
}

async function text(target: string, served?: Served): Promise<string> {
  const answer = await ask({ target }, served);
  assert.equal(answer.status, 200, target);
  return answer.body.toString();
}

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

test('serves a file with its type, length and validators', async () => {
  const answer = await ask({ target: '/a.txt?x=1' });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.toString(), 'abcdefghij');
  assert.equal(answer.length, 10);
  assert.equal(answer.fields.get('content-type'), 'text/plain; charset=utf-8');
  assert.equal(answer.fields.get('last-modified'), 'Fri, 02 Jan 2026 03:04:05 GMT');
  assert.match(answer.fields.get('etag') ?? '', /^"[0-9a-f]+-a"$/);
  assert.equal(answer.fields.get('accept-ranges'), 'bytes');
  assert.ok(Date.parse(answer.fields.get('date') ?? '') > 0);
});

test('answers HEAD as GET without the body, ranges ignored', async () => {
  const answer = await ask({ method: 'HEAD', target: '/a.txt', fields: ['Range: bytes=0-1'] });
  assert.equal(answer.status, 200);
  assert.equal(answer.length, 10);
  assert.equal(answer.body.length, 0);
});

test('serves empty files, odd names and names in UTF-8', async () => {
  assert.equal(await text('/empty'), '');
  assert.equal(await text('/50%25off%3F%23.txt'), 'odd');
  assert.equal(await text('/%E4%BD%A0%E5%A5%BD.txt'), 'hello');
  assert.equal(await text('//a.txt'), 'abcdefghij');
});

test('answers other methods with 405 and what is allowed', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const answer = await ask({ method, target: '/a.txt', body: ['x'] });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.fields.get('allow'), 'GET, HEAD');
    assert.equal(answer.fields.get('content-type'), 'application/problem+json');
  }
});

test('serves a directory by its index file and redirects to its trailing slash', async () => {
  assert.equal(await text('/'), '<h1>home</h1>');
  assert.equal(await text('/docs/'), '<h1>docs</h1>');
  assert.equal(await text('/docs//'), '<h1>docs</h1>');
  assert.equal(await text('/docs/', { index: ['none.html', 'page.html'] }), 'page');
  const answer = await ask({ target: '/docs?x=/1' });
  assert.equal(answer.status, 301);
  assert.equal(answer.fields.get('location'), '/docs/?x=/1');
  const elsewhere = await ask({ target: '//docs' });
  assert.equal(elsewhere.fields.get('location'), '/docs/');
});

test('never lists a directory', async () => {
  assert.equal(await status('/docs/empty/'), 403);
  assert.equal(await status('/docs/', { index: [] }), 403);
});

test('a file is not a directory, nor the other way round', async () => {
  assert.equal(await status('/a.txt/'), 404);
  assert.equal(await status('/a.txt/b'), 404);
  assert.equal(await status('/docs', { tryFiles: ['$uri', '=404'] }), 404);
  assert.equal(await status('/docs/', { tryFiles: ['$uri', '=404'] }), 404);
});

test('tries files in the order given and ends with a status or a file', async () => {
  assert.equal(await text('/docs/page', { tryFiles: ['$uri', '$uri.html', '=404'] }), 'page');
  assert.equal(await text('/any/where', { tryFiles: ['$uri', '/index.html'] }), '<h1>home</h1>');
  assert.equal(await text('/any', { tryFiles: ['$uri', '/a.txt', '=404'] }), 'abcdefghij');
  assert.equal(await text('/page.html', { tryFiles: ['/docs$uri', '=404'] }), 'page');
  assert.equal(await text('/any', { tryFiles: ['$uri', '/docs/'] }), '<h1>docs</h1>');
  assert.equal(await text('/x', { tryFiles: ['$uri', '/index.html?$args'] }), '<h1>home</h1>');
  assert.equal(await status('/any', { tryFiles: ['$uri', '=410'] }), 410);
  assert.equal(await status('/any', { tryFiles: ['$uri', '=204'] }), 204);
  assert.equal(await status('/any', { tryFiles: ['$uri', '/none.html'] }), 404);
  assert.equal(await status('/any'), 404);
});

test('hides names that begin with a dot, but for .well-known', async () => {
  for (const target of [
    '/.env',
    '/.git/config',
    '/.git/',
    '/docs/../.env',
    '/%2eenv',
    '/.wellknown',
  ]) {
    assert.notEqual(await status(target), 200, target);
  }
  assert.equal(await text('/.well-known/security.txt'), 'contact');
});

test('follows links inside the root only', async () => {
  assert.equal(await text('/inner'), 'abcdefghij');
  assert.equal(await text('/inner-docs/page.html'), 'page');
  for (const target of [
    '/outer',
    '/outer-folder/outside.txt',
    '/outer-folder/root/a.txt/../../outside.txt',
    '/outer-folder/',
    '/outer-folder',
    '/beside/x.txt',
    '/loop',
  ]) {
    const answer = await ask({ target });
    assert.ok(answer.status === 404 || answer.status === 400, `${target}: ${answer.status}`);
    assert.equal(answer.body.length, 0);
  }
});

test('no spelling leaves the root', async () => {
  const ups = ['..', '%2e%2e', '.%2e', '..%2f', '%2e%2e%2f', '..%5c', '%252e%252e', '..;', '..%00'];
  for (const up of [...ups, '%c0%ae%c0%ae', '....', '..%20', '%u002e%u002e']) {
    for (const target of [
      `/${up}/outside.txt`,
      `/docs/${up}/${up}/outside.txt`,
      `/a.txt${up}/../`,
    ]) {
      const answer = await ask({ target });
      assert.ok(answer.status === 404 || answer.status === 400, `${target}: ${answer.status}`);
    }
  }
});

test('neither opens nor waits for a pipe', async () => {
  assert.equal(await status('/pipe'), 404);
});

test('a name that is too long is not found', async () => {
  assert.equal(await status(`/${'a'.repeat(300)}`), 404);
  assert.equal(await status(`/${'a/'.repeat(3000)}`), 404);
});

test('a root that is a link may be pointed elsewhere while it is served', async () => {
  const release = async (name: string) => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'v.txt'), name);
    await symlink(name, join(folder, `${name}-link`));
    await rename(join(folder, `${name}-link`), join(folder, 'current'));
  };
  const origin = new StaticFiles({
    kind: 'files',
    root: join(folder, 'current'),
    tryFiles: [],
    index: [],
  });
  const version = async () => {
    const exchange = new FakeExchange({ target: '/v.txt' });
    origin.handle(exchange);
    const answer = await exchange.answer;
    return answer.status === 200 ? answer.body.toString() : answer.status;
  };
  assert.equal(await version(), 404);
  await release('one');
  assert.equal(await version(), 'one');
  await release('two');
  assert.equal(await version(), 'two');
});

test('answers a conditional request with 304 or 412', async () => {
  const etag = (await ask({ target: '/a.txt' })).fields.get('etag') ?? '';
  const fresh = await ask({ target: '/a.txt', fields: [`If-None-Match: ${etag}`] });
  assert.equal(fresh.status, 304);
  assert.equal(fresh.fields.get('etag'), etag);
  assert.equal(fresh.fields.has('content-type'), false);
  assert.equal(fresh.body.length, 0);
  const failed = await ask({ target: '/a.txt', fields: ['If-Match: "other"'] });
  assert.equal(failed.status, 412);
  await writeFile(join(root, 'changing'), 'one');
  const first = (await ask({ target: '/changing' })).fields.get('etag');
  await writeFile(join(root, 'changing'), 'two');
  await utimes(join(root, 'changing'), changed, new Date(changed.getTime() + 1));
  assert.notEqual((await ask({ target: '/changing' })).fields.get('etag'), first);
});

test('answers one range with 206', async () => {
  const answer = await ask({ target: '/a.txt', fields: ['Range: bytes=2-4'] });
  assert.equal(answer.status, 206);
  assert.equal(answer.fields.get('content-range'), 'bytes 2-4/10');
  assert.equal(answer.length, 3);
  assert.equal(answer.body.toString(), 'cde');
});

test('answers several ranges as multipart/byteranges', async () => {
  const answer = await ask({ target: '/a.txt', fields: ['Range: bytes=0-1,-2'] });
  assert.equal(answer.status, 206);
  const type = answer.fields.get('content-type') ?? '';
  const [, boundary] = /^multipart\/byteranges; boundary=(\w+)$/.exec(type) ?? [];
  const part = (range: string, bytes: string) =>
    `\r\n--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ${range}/10\r\n\r\n${bytes}`;
  assert.equal(
    answer.body.toString(),
    `${part('0-1', 'ab')}${part('8-9', 'ij')}\r\n--${boundary}--\r\n`,
  );
  assert.equal(answer.length, answer.body.length);
});

test('answers a range behind the end with 416 and the size', async () => {
  const answer = await ask({ target: '/a.txt', fields: ['Range: bytes=10-'] });
  assert.equal(answer.status, 416);
  assert.equal(answer.fields.get('content-range'), 'bytes */10');
});

test('answers with the whole where If-Range is about another state', async () => {
  const fields = ['Range: bytes=0-1', 'If-Range: "other"'];
  assert.equal((await ask({ target: '/a.txt', fields })).status, 200);
});

test('streams a large file to a client at its own pace, one chunk at a time', async () => {
  const exchange = new FakeExchange({ target: '/large.bin', window: 1 });
  new StaticFiles({ kind: 'files', root, tryFiles: [], index: [] }).handle(exchange);
  const answer = await exchange.answer;
  assert.equal(answer.outcome, 'ended');
  assert.ok(answer.body.equals(large));
  assert.ok(exchange.mostWaiting <= 128 * 1024);
  assert.deepEqual(openFiles(), []);
});

test('streams a range of a large file', async () => {
  const answer = await ask({ target: '/large.bin', fields: ['Range: bytes=1000-400000'] });
  assert.ok(answer.body.equals(large.subarray(1000, 400_001)));
});

test('closes the file when the client goes away, waiting or not', async () => {
  for (const wait of [0, 50]) {
    const exchange = new FakeExchange({ target: '/large.bin', window: 1, drains: false });
    new StaticFiles({ kind: 'files', root, tryFiles: [], index: [] }).handle(exchange);
    await delay(wait);
    assert.equal(openFiles().length, 1);
    exchange.leave();
    await delay(50);
    assert.deepEqual(openFiles(), []);
  }
});

test('no answer leaves a file open', async () => {
  for (const target of ['/a.txt', '/docs', '/docs/', '/docs/empty/', '/outer', '/pipe', '/none']) {
    for (const method of ['GET', 'HEAD', 'POST']) await ask({ target, method });
    await ask({ target, fields: ['If-None-Match: *'] });
    await ask({ target, fields: ['If-Match: "x"'] });
    await ask({ target, fields: ['Range: bytes=0-1,3-4'] });
    await ask({ target, fields: ['Range: bytes=99-'] });
  }
  assert.deepEqual(openFiles(), []);
});

test('cuts the answer short where the file became shorter meanwhile', async () => {
  await writeFile(join(root, 'shrinking.bin'), large);
  const exchange = new FakeExchange({ target: '/shrinking.bin', window: 1, drains: false });
  new StaticFiles({ kind: 'files', root, tryFiles: [], index: [] }).handle(exchange);
  await delay(50);
  await truncate(join(root, 'shrinking.bin'), 1000);
  exchange.drain();
  assert.equal((await exchange.answer).outcome, 'aborted');
  assert.deepEqual(openFiles(), []);
});

test('a file that may not be read is forbidden', async () => {
  await writeFile(join(root, 'locked'), 'x');
  await chmod(join(root, 'locked'), 0);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    assert.equal(await status('/locked'), 403);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});
