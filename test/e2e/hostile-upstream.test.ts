// A service that answers wrongly harms nobody but whoever asked it: each client sees an answer of its own,
// a clean error or a cut stream, and never a byte that was meant for another.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, request } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Forged, forge, extension } from '../support/forged-certificate.ts';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

/** A whole answer of someone else's. */
const FORGED = `${OK}Content-Length: 6\r\n\r\nforged`;

const END_OF_BODY = 'the end';
const BODY = 'x'.repeat(100_000) + END_OF_BODY;

/** What the service says to a request; `tag` is the client's own. */
type Script = (socket: Socket, tag: string) => void;

const says =
  (...parts: ((tag: string) => string)[]): Script =>
  (socket, tag) =>
    void socket.write(parts.map((part) => part(tag)).join(''), 'latin1');

const closesAfter =
  (part: (tag: string) => string): Script =>
  (socket, tag) =>
    void socket.end(part(tag), 'latin1');

const whole = (tag: string): string => `${OK}Content-Length: ${tag.length}\r\n\r\n${tag}`;
const chunk = (tag: string): string => `${tag.length.toString(16)}\r\n${tag}\r\n`;
const chunked = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** What the client who asked may see: its own tag, a stream that was cut, or no more than a status. */
type Sight = 'own' | 'cut' | number;

interface Case {
  readonly script: Script;
  readonly sees: Sight;
  readonly method?: 'GET' | 'HEAD' | 'POST';
  /**
   * What it says comes later than its answer. Nobody can tell that from the answer to a request that
   * was sent in the meantime, so that the next one waits.
   */
  readonly isLate?: true;
}

const CASES: Readonly<Record<string, Case>> = {
  'an answer': { script: says(whole), sees: 'own' },
  'two answers at once': { script: says(whole, () => FORGED), sees: 'own' },
  'an answer, and another later': {
    script: (socket, tag) => {
      socket.write(whole(tag));
      setTimeout(() => socket.destroyed || socket.write(FORGED), 5);
    },
    sees: 'own',
    isLate: true,
  },
  'an answer in chunks, and another behind them': {
    script: says(
      (tag) => `${chunked}${chunk(tag)}0\r\n\r\n`,
      () => FORGED,
    ),
    sees: 'own',
  },
  'trailers that identify and set cookies': {
    script: says(
      (tag) => `${chunked}${chunk(tag)}0\r\nX-Client-User: root\r\nSet-Cookie: forged=1\r\n\r\n`,
    ),
    sees: 'own',
  },
  'an answer until it closes': { script: closesAfter((tag) => `${OK}\r\n${tag}`), sees: 'own' },
  'interim answers first': {
    script: says(() => 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n', whole),
    sees: 'own',
  },
  'a body with 103': {
    script: says(() => 'HTTP/1.1 103 Early Hints\r\nContent-Length: 6\r\n\r\nforged', whole),
    sees: 502,
  },
  'another answer in place of a body that 204 has not': {
    script: says(() => `HTTP/1.1 204 No Content\r\n\r\n${FORGED}`),
    sees: 204,
  },
  'a body with 204': {
    script: says(() => 'HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\nforged'),
    sees: 204,
  },
  'a body with 304': {
    script: says(() => 'HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\nforged'),
    sees: 304,
  },
  'a body for HEAD': { script: says((tag) => `${whole(tag)}${FORGED}`), sees: 200, method: 'HEAD' },
  'an upgrade that nobody asked for': {
    script: says(
      () =>
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${FORGED}`,
    ),
    sees: 502,
  },
  'a length that is too short': {
    script: says((tag) => `${OK}Content-Length: ${tag.length}\r\n\r\n${tag}${FORGED}`),
    sees: 'own',
  },
  'a length that is too long': {
    script: closesAfter((tag) => `${OK}Content-Length: ${tag.length + 6}\r\n\r\n${tag}`),
    sees: 'cut',
  },
  'a length and a coding': {
    script: says(
      (tag) =>
        `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(tag)}0\r\n\r\n${FORGED}`,
    ),
    sees: 502,
  },
  'two lengths': {
    script: says((tag) => `${OK}Content-Length: 0\r\nContent-Length: ${tag.length}\r\n\r\n${tag}`),
    sees: 502,
  },
  'a coding that is not chunked alone': {
    script: says((tag) => `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n${chunk(tag)}0\r\n\r\n`),
    sees: 502,
  },
  'a field that is continued': {
    script: says((tag) => `${OK}A: b\r\n Content-Length: 0\r\n\r\n${tag}`),
    sees: 502,
  },
  'lines that end in LF': {
    script: says((tag) => `HTTP/1.1 200 OK\nContent-Length: 5\n\n${tag}`),
    sees: 502,
  },
  'a bare CR that hides a field': {
    script: says((tag) => `${OK}A: b\rContent-Length: 5\r\n\r\n${tag}`),
    sees: 502,
  },
  'an empty line first': { script: says(() => '\r\n', whole), sees: 502 },
  'no HTTP': { script: says(() => '220 mail.example ESMTP\r\n\r\n'), sees: 502 },
  'a malformed chunk size': {
    script: says((tag) => `${chunked}${chunk(tag)}0x6\r\nforged\r\n0\r\n\r\n`),
    sees: 'cut',
  },
  'a chunk that is too long': {
    script: says((tag) => `${chunked}${chunk(tag)}5\r\nforged\r\n0\r\n\r\n`),
    sees: 'cut',
  },
  'chunks without an end': { script: closesAfter((tag) => `${chunked}${chunk(tag)}`), sees: 'cut' },
  'a close inside the head': { script: closesAfter(() => 'HTTP/1.1 200 O'), sees: 502 },
  'a close inside the body': {
    script: closesAfter((tag) => `${OK}Content-Length: 99\r\n\r\n${tag}`),
    sees: 'cut',
  },
  'a close in place of an answer': { script: (socket) => socket.end(), sees: 502 },
  'a reset': { script: (socket) => socket.resetAndDestroy(), sees: 502 },
  'a reset inside the body': {
    script: (socket, tag) => {
      socket.write(`${OK}Content-Length: 99\r\n\r\n${tag}`, () =>
        setTimeout(() => socket.resetAndDestroy(), 5),
      );
    },
    sees: 'cut',
  },
  'an answer before the body has come': { script: says(whole), sees: 'own', method: 'POST' },
  'an answer before the body has come, and a close': {
    script: closesAfter(whole),
    sees: 'own',
    method: 'POST',
  },
};

const scripts = Object.entries(CASES);
/** Those after whose answer nothing comes, nor the rest of a body goes: each follows the other at once. */
const prompt = scripts.flatMap(([, { isLate, method }], index) =>
  isLate === true || method === 'POST' ? [] : [index],
);
const cleanups: (() => unknown)[] = [];
const context = { after: (clean: unknown): void => void cleanups.push(clean as () => unknown) };
let ca: Forged;
let port = 0;
/** Requests that were left without an answer, by tag. */
const unanswered = new Map<string, Socket>();

before(async () => {
  const service = await startService();
  ca = issue('CN=ca', null, [extension.ca()]);
  const server = issue('CN=localhost', ca, [extension.names({ kind: 'dns', value: 'localhost' })]);
  port = await freePort();
  await runGateway(
    context,
    `
workers: 1
listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: server.crt, key_file: server.key }
    routes:
      - match: { host: apart.test }
        upstream: apart
      - upstream: http://127.0.0.1:${service}
upstreams:
  apart: { url: "http://127.0.0.1:${service}", max_idle: 0 }
`,
    {
      'server.crt': server.pem,
      'server.key': server.keys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    },
  );
});

after(async () => {
  for (const clean of cleanups.toReversed()) await clean();
});

for (const [version, open] of [
  ['HTTP/1.1', openHttp1],
  ['HTTP/2', openHttp2],
] as const) {
  describe(`over ${version}`, () => {
    for (const [index, [name, { sees, method = 'GET', isLate }]] of scripts.entries()) {
      test(`a service that answers with ${name}`, async () => {
        const asking = open();
        const other = open();
        try {
          checkSight(await asking.ask(method, `/${index}/asking`), 'asking', sees);
          if (isLate === true) await sleep(30);
          for (const tag of ['other1', 'other2', 'other3']) {
            checkSight(await other.ask('GET', `/0/${tag}`), tag, 'own');
          }
          checkSight(await asking.ask('GET', '/0/again'), 'again', 'own');
        } finally {
          asking.close();
          other.close();
        }
      });
    }

    test('a client that leaves before its answer: nobody else gets it', async () => {
      const leaving = open();
      const other = open();
      const answer = leaving.ask('GET', '/silent/leaving').catch(() => null);
      while (!unanswered.has('leaving')) await sleep(5);
      leaving.close();
      await answer;
      unanswered.get('leaving')?.write(whole('leaving'));
      unanswered.delete('leaving');
      for (const tag of ['one', 'two', 'three']) {
        checkSight(await other.ask('GET', `/0/${tag}`), tag, 'own');
      }
      other.close();
    });

    test('max_idle: 0 gives each request a connection of its own, where nothing comes late', async () => {
      const late = scripts.findIndex(([, { isLate }]) => isLate);
      const client = open('apart.test');
      for (const tag of ['first', 'second', 'third']) {
        checkSight(await client.ask('GET', `/${late}/${tag}`), tag, 'own');
      }
      client.close();
    });

    test('many clients and every kind of answer at once', async () => {
      await Promise.all(
        Array.from({ length: 6 }, async (_, number) => {
          let client = open();
          for (const start of prompt.keys()) {
            const turn = prompt[(start + number * 7) % prompt.length] ?? 0;
            const tag = `client${number}turn${turn}.`;
            const { sees, method = 'GET' } = scripts[turn]?.[1] ?? assert.fail();
            checkSight(await client.ask(method, `/${turn}/${tag}`), tag, sees);
            if (sees !== 'cut') continue;
            client.close();
            client = open();
          }
          client.close();
        }),
      );
    });
  });
}

interface Seen {
  /** null: there was no head. */
  readonly status: number | null;
  readonly body: string;
  readonly fields: string;
  readonly isWhole: boolean;
}

interface Client {
  /** Never rejects for what the answer is like. */
  ask(method: string, path: string): Promise<Seen>;
  close(): void;
}

function checkSight(seen: Seen, tag: string, sees: Sight): void {
  const shown = JSON.stringify(seen);
  checkOwn(seen, tag);
  if (sees === 'own') {
    assert.ok(seen.isWhole && seen.status === 200 && seen.body === tag, shown);
  } else if (sees === 'cut') {
    assert.equal(seen.isWhole, false, shown);
  } else {
    assert.ok(seen.isWhole && seen.status === sees, shown);
  }
}

/** Whatever it is, there is nothing in it that is somebody else's. */
function checkOwn({ status, body, fields }: Seen, tag: string): void {
  assert.doesNotMatch(`${fields}${body}`, /forged|HTTP\/1/);
  if (status === 200 && body !== '') assert.ok(tag.startsWith(body), `${body} for ${tag}`);
}

function openHttp1(host = 'localhost'): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: ca.pem, servername: 'localhost' });
  return {
    ask: (method, path) =>
      new Promise((resolve) => {
        let body = '';
        let status: number | null = null;
        let fields = '';
        const finish = (isWhole: boolean): void => resolve({ status, body, fields, isWhole });
        const asked = request(
          { host: '127.0.0.1', port, agent, method, path, headers: { host } },
          (answer) => {
            status = answer.statusCode ?? null;
            fields = JSON.stringify(answer.rawHeaders);
            answer.setEncoding('latin1');
            answer.on('data', (text: string) => {
              body += text;
            });
            answer.on('error', () => {});
            answer.on('close', () => {
              fields += JSON.stringify(answer.rawTrailers);
              finish(answer.complete);
            });
          },
        );
        asked.on('error', () => finish(false));
        asked.end(method === 'POST' ? BODY : undefined);
      }),
    close: () => agent.destroy(),
  };
}

function openHttp2(host = 'localhost'): Client {
  const session = connectHttp2(`https://127.0.0.1:${port}`, {
    ca: ca.pem,
    servername: 'localhost',
  });
  session.on('error', () => {});
  return {
    ask: (method, path) =>
      new Promise((resolve) => {
        let body = '';
        let status: number | null = null;
        let fields = '';
        const stream = session.request(
          { ':method': method, ':path': path, ':authority': host },
          { endStream: method !== 'POST' },
        );
        stream.setEncoding('latin1');
        stream.on('response', (head) => {
          status = head[':status'] ?? null;
          fields += JSON.stringify(head);
        });
        stream.on('trailers', (trailers) => {
          fields += JSON.stringify(trailers);
        });
        stream.on('data', (text: string) => {
          body += text;
        });
        stream.on('error', () => {});
        stream.on('close', () => {
          const isWhole = stream.rstCode === 0 && status !== null;
          resolve({ status, body, fields, isWhole });
        });
        if (method === 'POST') stream.end(BODY);
      }),
    close: () => session.destroy(),
  };
}

async function startService(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let text = '';
    let isInBody = false;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    // Otherwise what comes later waits in the kernel until the next request acknowledges what came first.
    socket.setNoDelay(true);
    socket.on('end', () => socket.end());
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part;
      // It answers as soon as it has the head, and reads the body later.
      for (;;) {
        if (isInBody) {
          const end = text.indexOf(END_OF_BODY);
          text = end < 0 ? text.slice(-END_OF_BODY.length) : text.slice(end + END_OF_BODY.length);
          if (end < 0) return;
          text = text.replace(/^\r\n(0\r\n\r\n)?/, '');
          isInBody = false;
        }
        const end = text.indexOf('\r\n\r\n');
        if (end < 0) return;
        const [, method, script = '', tag = ''] = /^([A-Z]+) \/([^/]+)\/(\S+) /.exec(text) ?? [];
        text = text.slice(end + 4);
        isInBody = method === 'POST';
        if (script === 'silent') unanswered.set(tag, socket);
        else scripts[Number(script)]?.[1].script(socket, tag);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

function issue(subject: string, issuer: Forged | null, extensions: readonly Buffer[]): Forged {
  const day = 86_400_000;
  const times = { notBefore: Date.now() - day, notAfter: Date.now() + day };
  return forge({ subject, extensions, ...times, ...(issuer === null ? {} : { issuer }) });
}
