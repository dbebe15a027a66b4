import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { testLimits } from '../../../test/support/http-gateway.ts';
import {
  type Arrival,
  type RequestCase,
  requestCases,
  VECTOR_LIMITS,
} from '../../../test/vectors/http1-requests.ts';
import type { ClientFacts } from './exchange.ts';
import { Http1Connection } from './http1.ts';
import type { HttpLimits } from './options.ts';
import { ProxyOrigin, UpstreamClients } from './origins/proxy.ts';

const limits: HttpLimits = { ...testLimits, ...VECTOR_LIMITS };
const client: ClientFacts = {
  handshakeId: 'handshake-1',
  remoteAddress: '192.0.2.1',
  remotePort: 40000,
  tlsVersion: 'TLSv1.3',
  user: 'alice',
  subject: 'CN=alice',
  issuer: '',
  serialNumber: '',
  verification: 'SUCCESS',
  sans: [],
  chain: [],
  fingerprint: '',
};

let upstream: Server;
let gateway: Server;
let clients: UpstreamClients;
/** Whole messages that the upstream received, as they were. */
let arrived: string[] = [];

before(async () => {
  upstream = await listening(createServer(answerEach));
  clients = new UpstreamClients({ upstreamFailed: () => {} });
  const origin = new ProxyOrigin(
    {
      kind: 'proxy',
      upstream: {
        name: 'upstream',
        address: { kind: 'tcp', host: '127.0.0.1', port: portOf(upstream) },
        tls: null,
        connectTimeoutMs: 5000,
        idleTimeoutMs: 5000,
        maxIdle: 4,
      },
      http: 'h1',
      headers: { clientCert: false, clientCertChain: false, xfcc: false },
    },
    limits,
    clients,
  );
  const session = { client, handle: origin.handle.bind(origin) };
  gateway = await listening(
    createServer((socket) => {
      const connection = new Http1Connection(socket, session, limits);
      after(() => connection.destroy());
    }),
  );
});

after(() => {
  clients.close();
  gateway.close();
  upstream.close();
});

describe('a request on the wire', () => {
  for (const one of requestCases) test(`${verb(one)}: ${one.name}`, () => check(one));
});

test('the corpus has at least 120 cases, and no name twice', () => {
  assert.ok(requestCases.length >= 120);
  assert.equal(new Set(requestCases.map(({ name }) => name)).size, requestCases.length);
});

async function check({ raw, answers, arrivals }: RequestCase): Promise<void> {
  arrived = [];
  const answer = await exchangeBytes(raw);
  const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map((match) => Number(match[1]));
  assert.deepEqual(statuses, answers, answer);
  assert.deepEqual(arrived, arrivals.map(print));
  if (answers.at(-1) !== 200) {
    assert.match(answer, /\r\nConnection: close\r\n/);
    assert.match(answer, /\r\nContent-Type: application\/problem\+json\r\n/);
    assert.match(answer, /"handshakeId":"handshake-1"/);
  }
}

function print({ line, host, fields, framing, body }: Arrival): string {
  const identity =
    'X-Client-User: alice\r\nX-Client-DN: CN=alice\r\nX-Client-Verify: SUCCESS\r\n' +
    `X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: ${host}\r\n`;
  return `${line}\r\nHost: ${host}\r\n${fields}${identity}${framing}\r\n${body}`;
}

function verb({ answers }: RequestCase): string {
  return answers.at(-1) === 200 ? 'passes' : `refuses with ${answers.at(-1)}`;
}

/** Sends all of it, ends, and answers all that came back until the gateway closed. */
function exchangeBytes(raw: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(portOf(gateway), '127.0.0.1', () => socket.end(raw, 'latin1'));
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

/** An upstream that reads messages naively and answers each. */
function answerEach(socket: Socket): void {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (more: string) => {
    text += more;
    for (let length = messageLength(text); length > 0; length = messageLength(text)) {
      arrived.push(text.slice(0, length));
      text = text.slice(length);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n');
    }
  });
}

function messageLength(text: string): number {
  const head = text.indexOf('\r\n\r\n') + 4;
  if (head < 4) return 0;
  const fields = text.slice(0, head);
  if (/^transfer-encoding: chunked\r$/im.test(fields)) {
    const last = /(?:^|\r\n)0\r\n(?:[^\r]+\r\n)*\r\n$/.exec(text.slice(head));
    return last === null ? 0 : text.length;
  }
  const length = Number(/^content-length: (\d+)\r$/im.exec(fields)?.[1] ?? 0);
  return text.length >= head + length ? head + length : 0;
}

function listening(server: Server): Promise<Server> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}
