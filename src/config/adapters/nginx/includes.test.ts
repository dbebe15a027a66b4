import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdapterResult } from '../adapter.ts';
import { nginxAdapter } from './adapter.ts';

test('reads a file as often as it is included', () => {
  const { files } = adapted({ 'nginx.conf': 'include a;'.repeat(5000), a: '' });
  assert.deepEqual(files, ['/nginx/nginx.conf', '/nginx/a']);
});

test('refuses a configuration that includes too many files', () => {
  const texts = { 'nginx.conf': 'include *.conf.d;'.repeat(5001), 'a.conf.d': '', 'b.conf.d': '' };
  assert.deepEqual(messages(adapted(texts)), ['more than 10000 files are included']);
});

test('refuses a configuration that is too long with what it includes', () => {
  const texts = { 'nginx.conf': 'include a;'.repeat(65), a: ' '.repeat(65_536) };
  assert.deepEqual(messages(adapted(texts)), ['the configuration is longer than 4194304 bytes']);
});

function messages(result: AdapterResult): string[] {
  assert.ok(result.kind === 'invalid');
  return result.problems.map(({ message }) => message);
}

/** What becomes of a folder of files, by their names; `nginx.conf` is the configuration. */
function adapted(texts: Readonly<Record<string, string>>): AdapterResult {
  const readText = (path: string): string => texts[path.slice('/nginx/'.length)] ?? '';
  return nginxAdapter.adapt({
    file: 'nginx.conf',
    path: '/nginx/nginx.conf',
    cwd: '/nginx',
    fileSystem: {
      readText,
      readFile: (path) => Buffer.from(readText(path)),
      isDirectory: () => false,
      list: (path) => (path === '/nginx' ? Object.keys(texts) : ['nginx']),
    },
    variables: {},
    upstream: null,
  });
}
