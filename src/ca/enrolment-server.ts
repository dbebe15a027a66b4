import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certificate } from '../pki/certificate.ts';
import { encodePrivateKey, encodePublicKey, generatePrivateKey } from '../pki/keys.ts';
import { encodePem } from '../pki/pem.ts';
import type { Authority } from './authority.ts';
import { enrol, type Enrolment, type EnrolmentFault, renewPresented } from './enrolment.ts';
import { FailureLimit } from './failure-limit.ts';
import { encodeChain } from './leaf-files.ts';
import { serverLeafNames } from './leaf-names.ts';
import { answerFile } from './published-answer.ts';
import { PublishedFiles } from './published-files.ts';
import { renewalTime } from './renewal.ts';
import { ShortConnections } from './short-connections.ts';

/** What the server tells of what it does; nothing of it is secret. */
export interface EnrolmentEvents {
  /** `by`: the token or the certificate that it was issued for. */
  issued(certificate: Certificate, by: string, remoteAddress: string): void;
  refused(cause: string, detail: string, remoteAddress: string): void;
  fault(error: Error): void;
}

export interface EnrolmentServerOptions {
  readonly authority: Authority;
  /** Where its files lie. */
  readonly dir: string;
  /** Names and IP addresses that clients reach it by, at least one: its own certificate has them. */
  readonly names: readonly string[];
  readonly events: EnrolmentEvents;
  /** What an address counts as where failures are counted. */
  readonly networkOf: (address: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const MAX_BODY = 64 * 1024;
/** Of the handshake, and without a byte. */
const TIMEOUT_MS = 10_000;
/** Its own certificate's; a new one is made when two thirds of it are over. */
const OWN_DAYS = 7;

/**
 * The authority on the network, over HTTPS with a certificate of its own that is made here and whose key
 * never leaves the memory: enrolment by token, renewal by the certificate in hand, and what is public.
 * Listens nowhere itself; connections are given to it.
 */
export class EnrolmentServer {
  readonly #options: EnrolmentServerOptions;
  readonly #files: PublishedFiles;
  readonly #server: Server;
  readonly #failures = new FailureLimit();
  readonly #connections = new ShortConnections();
  #renewAt: number;

  private constructor(options: EnrolmentServerOptions, own: OwnCertificate) {
    this.#options = options;
    this.#files = new PublishedFiles(options.dir);
    this.#renewAt = own.renewAt;
    this.#server = createServer(
      {
        ...own.tls,
        minVersion: 'TLSv1.2',
        requestCert: true,
        // Whose certificate it is says the journal; TLS has shown that the client has its key.
        rejectUnauthorized: false,
        handshakeTimeout: TIMEOUT_MS,
        keepAliveTimeout: TIMEOUT_MS,
        maxHeaderSize: 8192,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.timeout = TIMEOUT_MS;
    this.#server.on('tlsClientError', (_, socket) => socket.destroy());
  }

  /** Throws AuthorityError and InvalidNameError where its own certificate can't be issued. */
  static async create(options: EnrolmentServerOptions): Promise<EnrolmentServer> {
    return new EnrolmentServer(options, await ownCertificate(options));
  }

  /** Serves a connection; one too many is closed at once. */
  accept(socket: Socket): void {
    if (this.#connections.admit(socket)) this.#server.emit('connection', socket);
  }

  /** Takes a new certificate where its own is due; to be called now and then. */
  async upkeep(): Promise<void> {
    if (this.#options.now() < this.#renewAt) return;
    const own = await ownCertificate(this.#options);
    this.#renewAt = own.renewAt;
    this.#server.setSecureContext({ ...own.tls, minVersion: 'TLSv1.2' });
  }

  /** Closes every connection at once. */
  close(): void {
    this.#connections.closeAll();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      this.#options.events.fault(error instanceof Error ? error : new Error(String(error)));
      answerJson(response, 500, { code: 'fault', detail: 'the authority failed' });
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const [path = ''] = url.split('?', 1);
    if (path === '/v1/enroll' || path === '/v1/renew') {
      if (method !== 'POST') return methodNotAllowed(response, 'POST');
      return this.#issue(path, request, response);
    }
    const file = await this.#files.find(path);
    if (file === null) {
      return answerJson(response, 404, { code: 'not-found', detail: 'there is no such page' });
    }
    if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed(response, 'GET, HEAD');
    answerFile(file, request, response, this.#options.now());
  }

  async #issue(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authority, events, networkOf, now } = this.#options;
    const socket = request.socket as TLSSocket;
    const address = socket.remoteAddress ?? '';
    const network = networkOf(address);
    const wait = this.#failures.waitOf(network, now());
    if (wait > 0) {
      response.setHeader('Retry-After', Math.ceil(wait / 1000));
      answerJson(response, 429, { code: 'too-many-failures', detail: 'too many failures; wait' });
      return;
    }
    const body = await readBody(request);
    const asked = body === null ? null : readAsked(body);
    const outcome: Enrolment | null =
      asked === null
        ? null
        : path === '/v1/enroll'
          ? await enrol(authority, Buffer.from(asked.token, 'base64url'), asked.request, now())
          : await renewPresented(authority, presented(socket), asked.request, now());
    if (outcome?.kind === 'issued') {
      const { certificate, chain } = outcome.leaf;
      events.issued(certificate, outcome.by, address);
      answerJson(response, 201, { certificate: encodeChain(chain) });
      return;
    }
    this.#failures.failed(network, now());
    const code = outcome?.code ?? 'bad-request';
    const detail = outcome?.detail ?? 'a JSON object with request and token is needed';
    events.refused(code, detail, address);
    answerJson(response, STATUS[code], { code, detail });
  }
}

interface OwnCertificate {
  readonly tls: { readonly cert: string; readonly key: string };
  /** Milliseconds since the epoch. */
  readonly renewAt: number;
}

/** The chain has the root as well: clients know it by its fingerprint alone. */
async function ownCertificate(options: EnrolmentServerOptions): Promise<OwnCertificate> {
  const { authority, names, now } = options;
  const key = await generatePrivateKey();
  const { chain, certificate } = await authority.issueServer({
    ...serverLeafNames(names),
    publicKey: encodePublicKey(key),
    days: OWN_DAYS,
    now: now(),
    requestedBy: 'enrolment listener',
  });
  const cert = encodeChain(chain) + encodePem('CERTIFICATE', authority.root.der);
  return { tls: { cert, key: encodePrivateKey(key) }, renewAt: renewalTime(certificate) };
}

function presented(socket: TLSSocket): Buffer | null {
  return socket.getPeerX509Certificate()?.raw ?? null;
}

/** null: it is too long, or broke off. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readAsked(body: string): { readonly token: string; readonly request: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { token = '', request } = value as Readonly<Record<string, unknown>>;
  return typeof token === 'string' && typeof request === 'string' ? { token, request } : null;
}

const STATUS: Readonly<Record<EnrolmentFault, number>> = {
  'unknown-token': 403,
  'expired-token': 403,
  'used-token': 403,
  'bad-request': 400,
  'more-than-granted': 403,
  'not-allowed': 403,
  'not-ours': 403,
  revoked: 403,
  expired: 403,
};

function methodNotAllowed(response: ServerResponse, allow: string): void {
  response.setHeader('Allow', allow);
  answerJson(response, 405, { code: 'method', detail: `only ${allow}` });
}

function answerJson(response: ServerResponse, status: number, value: object): void {
  if (response.headersSent || response.destroyed) return;
  const body = `${JSON.stringify(value)}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    // What is left of a body that was too long is not read.
    ...(status >= 400 ? { Connection: 'close' } : {}),
  });
  response.end(body);
}
