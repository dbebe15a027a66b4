import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Adapter, AdapterFileSystem } from '../../../src/config/adapters/adapter.ts';
import { formatNotice } from '../../../src/config/adapters/adapter.ts';
import { natsAdapter } from '../../../src/config/adapters/nats/adapter.ts';
import { nginxAdapter } from '../../../src/config/adapters/nginx/adapter.ts';
import { printDocument } from '../../../src/config/adapters/print.ts';
import { parseConfigDocument } from '../../../src/config/document.ts';
import { adaptFile } from '../../../src/config/load-adapted.ts';
import { nodeFileSystem } from '../../../src/config/node-file-system.ts';
import { type ConfigProblem, formatProblem } from '../../../src/config/problem.ts';
import { validateConfig } from '../../../src/config/validate.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { textMutations } from '../../support/mutation.ts';
import { corpusOf } from './corpus.ts';

const FOLDER = join(import.meta.dirname, '../../vectors/adapters');

const MARKS = ['{', '}', '[', ']', '(', ')', ';', ',', '"', "'", '\\', '\n', '\r', '#', '$', ' '];

/** nats-server's configuration, through all that becomes of it. */
export const natsTarget = target(
  natsAdapter,
  's1-*,syntax,accounts,includes,overridden',
  (
    'include ./included/tls.conf\n|include "|$PORT|$NAME|1k|2GB|-1|1.5|2024-01-01T00:00:00Z|(\n|\n)\n|' +
    '\\x00|\\"|//|tls|tls {|verify_and_map: true|authorization|users|user:|password|permissions|publish|' +
    'allow_responses|accounts|listen: |port: |$2a$11$x|__proto__ {|timeout: "2s"|: |= |\u2028'
  ).split('|'),
);

/** nginx's configuration, the same way. */
export const nginxTarget = target(
  nginxAdapter,
  's4,whole,quoting,addresses,wildcard-beside-default',
  (
    'include included/*.conf;|include included/[a-z]*;|include [;|${|http {|server {|listen 443 ssl;|' +
    'listen [::]:443 ssl;|location / {|location = |location ~ x|return 200 x;|proxy_pass http://a/b;|' +
    'upstream __proto__ { server a; keepalive 1; }|proxy_pass http://__proto__;|' +
    'proxy_set_header __proto__ a;|if ($ssl_client_verify != SUCCESS) { return 403; }|' +
    'ssl_verify_client optional;|server_name .a *.b;|alias /a/;|try_files $uri @a;|\\|"|\u2028'
  ).split('|'),
);

function target(adapter: Adapter, names: string, tokens: readonly string[]): FuzzTarget {
  return {
    name: `configuration of ${adapter.program}`,
    corpus: corpusOf(`adapters/${adapter.name}/{${names}}.conf`),
    tokens: [...tokens, ...MARKS],
    mutations: textMutations,
    // A short word may make a long notice, and each is printed.
    microsecondsPerByte: 60,
    longest: 20_000,
    check: (input) => check(adapter, input),
  };
}

function check(adapter: Adapter, input: Buffer): boolean {
  const path = join(FOLDER, adapter.name, 'case.conf');
  const readFile = (asked: string): Uint8Array =>
    asked === path ? input : nodeFileSystem.readFile(asked);
  const fileSystem: AdapterFileSystem = {
    readFile,
    readText: (asked) => Buffer.from(readFile(asked)).toString(),
    isDirectory: (asked) => asked === join(FOLDER, adapter.name, 'html'),
    list: (asked) => (asked.startsWith(FOLDER) ? nodeFileSystem.list(asked) : []),
  };
  const adapted = adaptFile(
    { file: 'case.conf', adapter, upstream: null },
    {
      cwd: join(FOLDER, adapter.name),
      variables: { NAME_OF_B: 'b@x', LOOP: '$LOOP' },
      fileSystem,
      now: 0,
    },
  );
  const text = input.toString();
  for (const notice of adapted.notices) checkPlace(notice, text, formatNotice(notice));
  if (adapted.kind === 'invalid') {
    assert.ok(adapted.problems.length > 0);
    for (const problem of adapted.problems) checkPlace(problem, text, formatProblem(problem));
    return false;
  }
  const { document } = adapted;
  const validation = validateConfig(document);
  if (validation.kind === 'invalid') {
    for (const problem of validation.problems) checkPlace(problem, text, formatProblem(problem));
    return false;
  }
  const printed = parseConfigDocument(Buffer.from(printDocument(document.value)), 'a.yaml', {});
  assert.ok(printed.kind === 'document');
  assert.deepEqual(printed.document.value, document.value);
  return true;
}

/** In the file itself, at a place that it has. */
function checkPlace({ file, position, message }: ConfigProblem, text: string, shown: string): void {
  assert.doesNotMatch(message, /undefined|\[object/, shown);
  assert.doesNotMatch(shown, /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
  assert.ok(position !== null, shown);
  if (file !== 'case.conf') return;
  const line = text.split('\n')[position.line - 1];
  assert.ok(line !== undefined, shown);
  assert.ok(position.column >= 1 && position.column <= line.length + 1, shown);
}
