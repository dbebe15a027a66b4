// Bodies pass through memory that connections use one after the other: whoever is slow, early or gone, each
// byte that arrives is of the body it belongs to.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { extension, type Forged, forge } from '../support/forged-certificate.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { Random } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CLIENTS = 8;
const REQUESTS = 10;
const SIZES = [1, 900, 16_384, 16_500, 100_000, 400_000, 1_500_000];

/**
 * What is asked for. `digest`: a body goes up. `echo`: it comes back while it goes up. `bytes`, `chunks`: one
 * comes down. `file`: the same from the gateway's own disk. `early`: the answer comes before the body is
 * there. `leave`: the client goes in the middle of its body.
 */
const KINDS = ['digest', 'echo', 'bytes', 'chunks', 'file', 'early', 'leave'] as const;

test('each byte is of its own body, whoever else sends and receives, and how slowly', async (t) => {
  const { port, ca } = await setup(t);
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, lane) => {
      const random = new Random(lane);
      let agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
      for (let turn = 0; turn < REQUESTS; turn += 1) {
        const kind = random.pick(KINDS);
        const size = random.pick(SIZES);
        await ask({ port, agent, random, kind, size, tag: `${lane}.${turn}` });
        if (kind !== 'early') continue;
        // The gateway closes a connection on which too much comes after the answer.
        agent.destroy();
        agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
      }
      agent.destroy();
    }),
  );
});

test('uploads that wait for a slow service, cut into chunks or not, are not written over', async (t) => {
  const { port, ca } = await setup(t);
  await Promise.all(
    Array.from({ length: 4 }, async (_, lane) => {
      const tag = `${lane}.0`;
      const body = bodyOf(tag, 4_000_000);
      const path = `/digest/${tag}/x`;
      const asked = request({ host: 'localhost', port, ca, method: 'POST', path });
      asked.setHeader('x-slow', 'true');
      if (lane % 2 === 0) asked.setHeader('content-length', body.length);
      // Many chunks in a TLS record: some of it waits when its connection has to.
      asked.cork();
      for (let at = 0; at < body.length; at += 3001) asked.write(body.subarray(at, at + 3001));
      asked.end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      assert.equal((await take(answer, false)).toString(), digest(body), path);
    }),
  );
});

interface Wish {
  readonly port: number;
  readonly agent: Agent;
  readonly random: Random;
  readonly kind: (typeof KINDS)[number];
  readonly size: number;
  readonly tag: string;
}

async function ask({ port, agent, random, kind, size, tag }: Wish): Promise<void> {
  const isSlow = random.below(2) === 0;
  const body = kind === 'file' ? fileOf(tag, size) : bodyOf(tag, size);
  const isUpload = kind !== 'bytes' && kind !== 'chunks' && kind !== 'file';
  const headers: Record<string, string | number> = { host: 'localhost', 'x-slow': String(isSlow) };
  if (isUpload && random.below(3) > 0) headers['content-length'] = size;
  const path = kind === 'file' ? `/file/${tag[0]}.${size}` : `/${kind}/${tag}/${size}`;
  const method = isUpload ? 'POST' : 'GET';
  const asked = request({ host: 'localhost', port, agent, method, path, headers });
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
  if (kind === 'leave') {
    answered.catch(() => {});
    asked.on('error', () => {});
    asked.write(body.subarray(0, size / 2));
    await new Promise((resolve) => setTimeout(resolve, random.below(20)));
    asked.destroy();
    return;
  }
  // The rest of its body may not be taken any more.
  if (kind === 'early') asked.on('error', () => {});
  const pieces = isUpload ? random.below(6) + 1 : 0;
  for (let piece = 0; piece < pieces; piece += 1) {
    asked.write(body.subarray((size * piece) / pieces, (size * (piece + 1)) / pieces));
    if (isSlow) await new Promise((resolve) => setImmediate(resolve));
  }
  asked.end();
  const [answer] = await answered;
  const got = await take(answer, isSlow);
  if (kind === 'digest') assert.equal(got.toString(), digest(body), path);
  else if (kind === 'early') assert.equal(got.toString(), tag, path);
  else assert.equal(digest(got), digest(body), path);
}

/** Bytes that nobody else has at the same place. */
function bodyOf(tag: string, size: number): Buffer {
  const random = new Random(Number(tag.replace('.', '00')));
  const pattern = Array.from({ length: 1009 }, () => `${tag},${random.below(1e6)};`).join('');
  return Buffer.alloc(size, pattern);
}

/** A file of the gateway's: each client has its own. */
function fileOf(tag: string, size: number): Buffer {
  return bodyOf(`${tag[0]}.77`, size);
}

function digest(bytes: Buffer): string {
  return `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** All that comes; where it is taken slowly, what comes meanwhile fills the way between. */
async function take(stream: Readable, isSlow: boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    if (isSlow && chunks.length % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return Buffer.concat(chunks);
}

async function serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const [, kind, tag = '', size] = (asked.url ?? '').split('/');
  if (kind === 'bytes') {
    answer.setHeader('content-length', Number(size));
    answer.end(bodyOf(tag, Number(size)));
  } else if (kind === 'chunks') {
    // Some chunks of one read, and some reads of one chunk.
    const body = bodyOf(tag, Number(size));
    let length = 10;
    for (let at = 0; at < body.length; at += length, length = (length * 7) % 100_003) {
      answer.write(body.subarray(at, at + length));
    }
    answer.end();
  } else if (kind === 'early') {
    answer.setHeader('content-length', tag.length);
    answer.end(tag);
  } else if (kind === 'echo') {
    asked.pipe(answer);
  } else {
    if (size === 'x') await new Promise((resolve) => setTimeout(resolve, 50));
    answer.end(digest(await take(asked, asked.headers['x-slow'] === 'true')));
  }
}

async function setup(t: TestContext): Promise<{ readonly port: number; readonly ca: string }> {
  const service = createServer((asked, answer) => {
    // The client has left.
    serve(asked, answer).catch(() => answer.destroy());
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  t.after(() => {
    service.close();
    service.closeAllConnections();
  });
  const ca = issue('CN=ca', null, [extension.ca()]);
  const server = issue('CN=localhost', ca, [extension.names({ kind: 'dns', value: 'localhost' })]);
  const port = await freePort();
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'file'));
  for (let lane = 0; lane < CLIENTS; lane += 1) {
    for (const size of SIZES) {
      await writeFile(join(folder, 'file', `${lane}.${size}`), fileOf(`${lane}`, size));
    }
  }
  await runGateway(
    t,
    `
workers: 1
listeners:
  - listen: localhost:${port}
    tls: { cert_file: server.crt, key_file: server.key }
    routes:
      - match: { path: /file/* }
        upstream: file://${folder}
      - upstream: http://127.0.0.1:${(service.address() as AddressInfo).port}
`,
    {
      'server.crt': server.pem,
      'server.key': server.keys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    },
  );
  return { port, ca: ca.pem };
}

function issue(subject: string, issuer: Forged | null, extensions: readonly Buffer[]): Forged {
  const day = 86_400_000;
  const times = { notBefore: Date.now() - day, notAfter: Date.now() + day };
  return forge({ subject, extensions, ...times, ...(issuer === null ? {} : { issuer }) });
}
