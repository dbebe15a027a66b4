// The same bytes given to our gateway, to nginx and to node's own server, and the requests that each of
// them reads in them: what reached the recording service behind the first two, and what node saw itself.
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange } from '../../src/frontends/http/exchange.ts';
import { Http1Connection } from '../../src/frontends/http/http1.ts';
import { VECTOR_LIMITS } from '../vectors/http1-requests.ts';
import { freePort } from './free-port.ts';
import { anonymousClient, patientLimits } from './http1-peer.ts';
import { programPath } from './programs.ts';
import { proxyTo } from './proxy-origin.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What a request means. */
export interface Reading {
  readonly method: string;
  /** In origin-form or `*`. */
  readonly target: string;
  readonly host: string;
  readonly body: string;
  /** Lower-case names and values without outer space, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface Outcome {
  readonly readings: readonly Reading[];
  /** What the client received. */
  readonly answer: string;
}

export interface OurOutcome extends Outcome {
  /** Requests whose head was read, with those whose body did not come whole. */
  readonly begun: number;
}

/** Gives the bytes (latin1) to one of the servers, ends, and waits until it has closed. */
export type Reader = (raw: string) => Promise<Outcome>;

export interface Readers {
  readonly ours: (raw: string) => Promise<OurOutcome>;
  readonly node: Reader;
  readonly nginx: Reader;
}

interface Hooks {
  after(hook: () => Promise<void>): void;
}

export async function startReaders(t: Hooks): Promise<Readers> {
  return { ours: await startOurs(t), node: await startNode(t), nginx: await startNginx(t) };
}

async function startOurs(t: Hooks): Promise<Readers['ours']> {
  const service = await startService(t);
  const { origin } = proxyTo(t, service.port);
  let begun = 0;
  const handle = (exchange: Exchange): void => {
    begun++;
    origin.handle(exchange);
  };
  const session = { client: anonymousClient, handle };
  const limits = { ...patientLimits, ...VECTOR_LIMITS };
  const gateway = createServer((socket) => void new Http1Connection(socket, session, limits));
  const read = readerOf(await listening(t, gateway), service.take);
  return async (raw) => {
    begun = 0;
    return { ...(await read(raw)), begun };
  };
}

async function startNode(t: Hooks): Promise<Reader> {
  let readings: Reading[] = [];
  const server = createHttpServer({ maxHeaderSize: 65_536 }, (request, response) => {
    let body = '';
    request.setEncoding('latin1');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { method = '', url = '', headers, rawHeaders } = request;
      const fields = rawHeaders.flatMap((name, index) =>
        index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ''] as const] : [],
      );
      readings.push({
        method,
        target: originForm(method, url),
        host: headers.host ?? '',
        body,
        fields,
      });
      response.end('ok');
    });
  });
  const port = await listening(t, server);
  return readerOf(port, () => {
    const found = readings;
    readings = [];
    return found;
  });
}

async function startNginx(t: Hooks): Promise<Reader> {
  const service = await startService(t);
  const folder = await temporaryFolder(t);
  const port = await freePort();
  for (const name of TEMPORARY) await mkdir(join(folder, name));
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, port, service.port));
  const nginx = spawn(
    programPath('nginx'),
    ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
    { stdio: 'ignore' },
  );
  const ended = once(nginx, 'exit');
  t.after(async () => {
    nginx.kill('SIGKILL');
    await ended;
  });
  const read = readerOf(port, service.take);
  for (let attempt = 0; attempt < 200; attempt++) {
    if ((await read('').catch(() => null)) !== null) return read;
    await delay(20);
  }
  throw new Error('nginx does not listen');
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

function configuration(folder: string, port: number, upstream: number): string {
  const temporary = TEMPORARY.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  return `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log crit;
    events { worker_connections 64; }
    http {
      access_log off; ${temporary}
      large_client_header_buffers 4 64k; client_max_body_size 0; lingering_close off;
      ignore_invalid_headers off; underscores_in_headers on; merge_slashes off;
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://127.0.0.1:${upstream};
          proxy_http_version 1.1;
          proxy_set_header Host $http_host;
          proxy_set_header Connection "";
          proxy_ignore_client_abort on;
        }
      }
    }`;
}

async function listening(t: Hooks, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function readerOf(port: number, take: () => readonly Reading[]): Reader {
  return (raw) =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => socket.end(raw, 'latin1'));
      socket.setEncoding('latin1');
      socket.on('data', (text: string) => {
        answer += text;
      });
      socket.setTimeout(5000, () => socket.destroy(new Error('no end')));
      socket.on('error', (error: NodeJS.ErrnoException) => {
        // A server that closes before it has read all resets.
        if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
      });
      socket.on('close', () => resolve({ readings: take(), answer }));
    });
}

interface Service {
  readonly port: number;
  /** What has arrived since it was last asked. */
  readonly take: () => readonly Reading[];
}

/** Answers everything with 200; a message that it can't make out stays unanswered. */
async function startService(t: Hooks): Promise<Service> {
  let readings: Reading[] = [];
  const server = createServer((socket) => {
    let received = '';
    socket.on('error', () => socket.destroy());
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text;
      for (let found = readMessage(received); found !== null; found = readMessage(received)) {
        readings.push(found.reading);
        received = received.slice(found.length);
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      }
    });
  });
  const port = await listening(t, server);
  return {
    port,
    take() {
      const taken = readings;
      readings = [];
      return taken;
    },
  };
}

/** The message at the beginning; null while it is not whole. */
function readMessage(text: string): { reading: Reading; length: number } | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [line = '', ...lines] = text.slice(0, end).split('\r\n');
  const [method = '', target = ''] = line.split(' ');
  const fields = lines.map((field): [string, string] => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon).toLowerCase(), trimmed(field.slice(colon + 1))];
  });
  const valueOf = (name: string): string => fields.find(([other]) => other === name)?.[1] ?? '';
  const isChunked = valueOf('transfer-encoding') === 'chunked';
  const content = isChunked
    ? readChunks(text, end + 4)
    : readLength(text, end + 4, Number(valueOf('content-length')));
  if (content === null) return null;
  const { body, length } = content;
  const host = valueOf('host');
  return { reading: { method, target: originForm(method, target), host, body, fields }, length };
}

interface Content {
  readonly body: string;
  /** Of the whole message. */
  readonly length: number;
}

function readLength(text: string, at: number, size: number): Content | null {
  return at + size > text.length ? null : { body: text.slice(at, at + size), length: at + size };
}

function readChunks(text: string, start: number): Content | null {
  let body = '';
  for (let at = start; ; ) {
    const end = text.indexOf('\r\n', at);
    if (end < 0) return null;
    const size = Number.parseInt(text.slice(at, end), 16);
    at = end + 2;
    if (size > 0) {
      body += text.slice(at, at + size);
      at += size + 2;
      continue;
    }
    const last = text.startsWith('\r\n', at) ? at - 2 : text.indexOf('\r\n\r\n', at);
    return last < 0 ? null : { body, length: last + 4 };
  }
}

function originForm(method: string, target: string): string {
  const [, rest] = /^https?:\/\/[^/?]*(.*)$/i.exec(target) ?? [];
  if (rest === undefined) return target;
  if (rest === '' && method === 'OPTIONS') return '*';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function trimmed(value: string): string {
  return value.replaceAll(/^[ \t]+|[ \t]+$/g, '');
}
