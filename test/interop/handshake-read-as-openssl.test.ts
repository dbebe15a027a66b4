// What openssl s_server says it sent and received is what we read from the same wire, in the same order
// and of the same lengths.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { messageName } from '../../src/cli/connect/message-text.ts';
import type { Probe } from '../../src/tls/probe/probe.ts';
import type { TranscriptEntry } from '../../src/tls/transcript/transcript.ts';
import { freePort } from '../support/free-port.ts';
import { type KeyPair, OpensslCa } from '../support/openssl-certificates.ts';
import { outline, probe } from '../support/probe.ts';
import { needs, programPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ASKING = ['-Verify', '1'];
const variants: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['1.3 with AES-128-GCM', ['-ciphersuites', 'TLS_AES_128_GCM_SHA256', ...ASKING]],
  ['1.3 with AES-256-GCM', ['-ciphersuites', 'TLS_AES_256_GCM_SHA384', ...ASKING]],
  ['1.3 with ChaCha20', ['-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256', ...ASKING]],
  ['1.3 without tickets, with ALPN', ['-num_tickets', '0', '-alpn', 'h2']],
  ['1.3 after a HelloRetryRequest', ['-groups', 'P-384', ...ASKING]],
  ['1.2 with AES-128-GCM', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256', ...ASKING]],
  ['1.2 with AES-256-GCM', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-GCM-SHA384']],
  ['1.2 with ChaCha20', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-CHACHA20-POLY1305', ...ASKING]],
  ['1.2 without tickets, with P-256', ['-tls1_2', '-no_ticket', '-groups', 'P-256']],
];

describe('a handshake with openssl s_server', needs('openssl'), () => {
  let folder = '';
  let caPem = '';
  let client: KeyPair;
  let certificates: readonly string[] = [];
  const cleanups: (() => Promise<void>)[] = [];
  after(async () => {
    for (const clean of cleanups) await clean();
  });

  before(async () => {
    folder = await temporaryFolder({ after: (hook) => void cleanups.push(hook) });
    const ca = new OpensslCa('Test CA');
    caPem = ca.root.certPem;
    client = ca.issue('alice', ['email:alice@example.com']);
    const server = ca.issue('localhost', ['DNS:localhost']);
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    certificates = [
      '-cert',
      write('server.crt', server.certPem),
      '-key',
      write('server.key', server.keyPem),
      '-CAfile',
      write('ca.crt', caPem),
    ];
    ca.remove();
  });

  for (const [name, args] of variants) {
    test(name, async (t) => {
      const server = await serve(t, [...certificates, ...args]);
      const seen = await probe(server.port, { caPem, client, alpn: ['h2'] });
      const said = handshakesIn(await server.ended());
      assert.notEqual(seen.secureMs, null);
      assert.deepEqual(handshakesOf(seen), said);
      const count = name.includes('RetryRequest') ? 2 : 1;
      const hellos = seen.transcript.entries.filter(
        ({ message }) => message.kind === 'client-hello',
      );
      assert.equal(hellos.length, count);
    });
  }

  test('1.2 with a suite that is not read: the encrypted Finished stays closed', async (t) => {
    const cipher = 'ECDHE-ECDSA-AES128-SHA';
    const server = await serve(t, [...certificates, '-tls1_2', '-cipher', cipher]);
    const { transcript } = await probe(server.port, { caPem });
    const [last, previous] = outline(transcript.entries).toReversed();
    assert.deepEqual([previous, last], ['< change-cipher-spec', '<* encrypted']);
    assert.deepEqual(transcript.entries.at(-1)?.message, {
      kind: 'encrypted',
      content: 'handshake',
    });
  });

  test('a KeyUpdate and what comes under the new key', async (t) => {
    const server = await serve(t, [...certificates, ...ASKING]);
    const probing = probe(server.port, { caPem, client, watchMs: 1000 });
    await server.said('NewSessionTicket');
    server.type('K\n');
    await server.said('KeyUpdate');
    server.type('hello\n');
    const { transcript } = await probing;
    const fromServer = outline(transcript.entries.filter(({ from }) => from === 'server'));
    assert.deepEqual(fromServer.slice(-2), ['<* key-update', '<* application-data']);
  });
});

/** What s_server logs with -msg: `> ServerHello 122` for what it sent. */
function handshakesIn(log: string): string[] {
  const found = log.matchAll(/^(>>>|<<<) TLS 1\.\d, Handshake \[length ([0-9a-f]{4})\], (\w+)/gm);
  return [...found].map(
    ([, arrow, length = '', name]) =>
      `${arrow === '>>>' ? '<' : '>'} ${name} ${parseInt(length, 16)}`,
  );
}

function handshakesOf({ transcript }: Probe): string[] {
  return transcript.entries.filter(isHandshake).map(({ from, message, bytes }) => {
    // OpenSSL has no name of its own for it.
    const name = message.kind === 'hello-retry-request' ? 'ServerHello' : messageName(message);
    return `${from === 'client' ? '>' : '<'} ${name} ${bytes}`;
  });
}

function isHandshake({ message }: TranscriptEntry): boolean {
  return message.kind !== 'change-cipher-spec' && message.kind !== 'alert';
}

interface SServer {
  readonly port: number;
  readonly type: (text: string) => void;
  /** Waits until its log has these words. */
  said(words: string): Promise<void>;
  /** Its whole log, once its one connection is over. */
  ended(): Promise<string>;
}

async function serve(t: TestContext, args: readonly string[]): Promise<SServer> {
  const port = await freePort();
  const child = spawn(
    programPath('openssl'),
    ['s_server', '-accept', `${port}`, '-naccept', '1', '-msg', ...args],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  t.after(() => child.kill());
  let log = '';
  child.stdout.on('data', (text: Buffer) => (log += text.toString('latin1')));
  child.stderr.on('data', (text: Buffer) => (log += text.toString('latin1')));
  const closed = once(child, 'close');
  const said = async (words: string): Promise<void> => {
    while (!log.includes(words)) {
      assert.equal(child.exitCode, null, log);
      await delay(10);
    }
  };
  await said('ACCEPT');
  return {
    port,
    said,
    type: (text) => void child.stdin.write(text),
    ended: async () => {
      await closed;
      return log;
    },
  };
}
