import { request as httpRequest } from 'node:http';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import { decodeCertificates, PemError } from '../pki/pem.ts';
import { verifyServerCertificate } from '../pki/verify-server-certificate.ts';

/** Why an authority on the network gave no certificate. The message says what to do. */
export class EnrolmentError extends Error {
  override readonly name = 'EnrolmentError';
  readonly code: 'bad-url' | 'unreachable' | 'untrusted' | 'refused' | 'bad-answer';

  constructor(code: EnrolmentError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** How the authority is known. */
export type AuthorityTrust =
  /** By the SHA-256 of its root, lower-case hex; the server presents the root itself. */
  | { readonly kind: 'fingerprint'; readonly root: string }
  | { readonly kind: 'anchors'; readonly anchors: readonly Certificate[] };

export interface EnrolmentQuestion {
  /** `https://HOST:PORT`. */
  readonly url: string;
  readonly trust: AuthorityTrust;
  /** PEM. */
  readonly request: string;
  /** The public key of the request, SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** A token's secret, or the certificate in hand with its key, PEM, which is to be renewed. */
  readonly by:
    | { readonly kind: 'token'; readonly secret: Buffer }
    | { readonly kind: 'certificate'; readonly cert: string; readonly key: string };
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface EnrolmentAnswer {
  /** Leaf first. */
  readonly chain: readonly [Certificate, ...Certificate[]];
  /** The trust anchor that the server's certificate leads to. */
  readonly root: Certificate;
}

const TIMEOUT_MS = 20_000;
const MAX_ANSWER = 256 * 1024;

/**
 * Asks the authority at `url` for a certificate. Nothing is sent before the server has shown a certificate
 * for its name that leads to the trusted root. Throws EnrolmentError.
 */
export async function askAuthority(question: EnrolmentQuestion): Promise<EnrolmentAnswer> {
  const { url, by, request, publicKey } = question;
  const where = readUrl(url);
  const socket = await open(where, question);
  try {
    const root = verify(socket, where.host, question);
    const path = by.kind === 'token' ? '/v1/enroll' : '/v1/renew';
    const token = by.kind === 'token' ? { token: by.secret.toString('base64url') } : {};
    const answer = await post(socket, where, path, JSON.stringify({ ...token, request }));
    const chain = readAnswer(answer);
    if (!chain[0].spki.equals(publicKey)) {
      throw new EnrolmentError('bad-answer', `${url}: the answer is a certificate for another key`);
    }
    return { chain, root };
  } finally {
    socket.destroy();
  }
}

interface Place {
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

function readUrl(text: string): Place {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.username !== '') {
    throw new EnrolmentError('bad-url', `${text}: write it like https://ca.example.com:9444`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { url: text, host, port: url.port === '' ? 443 : Number(url.port) };
}

function open({ url, host, port }: Place, { by }: EnrolmentQuestion): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      minVersion: 'TLSv1.2',
      // It is verified below: the root may be known by its fingerprint alone.
      rejectUnauthorized: false,
      ...(by.kind === 'certificate' ? { cert: by.cert, key: by.key } : {}),
    });
    const fail = (why: string): void => {
      socket.destroy();
      reject(new EnrolmentError('unreachable', `${url}: ${why}`));
    };
    socket.setTimeout(TIMEOUT_MS, () => fail('no answer'));
    socket.on('error', (error) => fail(error.message));
    socket.once('secureConnect', () => resolve(socket));
  });
}

/** Returns the trust anchor. */
function verify(
  socket: TLSSocket,
  host: string,
  { url, trust, now }: EnrolmentQuestion,
): Certificate {
  const chain = readChain(socket);
  const anchors =
    trust.kind === 'anchors'
      ? trust.anchors
      : chain.filter(({ fingerprint }) => fingerprint === trust.root);
  if (anchors.length === 0) {
    throw new EnrolmentError(
      'untrusted',
      `${url}: the server is not of the authority that the token names; nothing was sent`,
    );
  }
  const verdict = verifyServerCertificate({
    chain,
    requirements: { anchors, depth: null, pins: new Set() },
    serverName: host,
    at: now,
  });
  if (verdict.kind === 'verified') {
    const top = verdict.path[verdict.path.length - 1];
    return anchors.find((anchor) => anchor.equals(top)) ?? anchors[0];
  }
  throw new EnrolmentError('untrusted', `${url}: ${verdict.causes[0].detail}; nothing was sent`);
}

const MAX_CHAIN = 16;

function readChain(socket: TLSSocket): Certificate[] {
  const chain: Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  try {
    for (; next !== undefined && chain.length < MAX_CHAIN; next = next.issuerCertificate) {
      chain.push(parseCertificate(next.raw));
    }
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
  }
  return chain;
}

function post(
  socket: TLSSocket,
  { url, host }: Place,
  path: string,
  body: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new EnrolmentError('unreachable', `${url}: ${error.message}`));
    const asked = httpRequest(
      {
        createConnection: () => socket,
        method: 'POST',
        host,
        path,
        headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (text.length > MAX_ANSWER) response.destroy(new Error('the answer is too long'));
        });
        response.on('error', fail);
        response.on('end', () => {
          if (response.statusCode === 201) return resolve(text);
          reject(new EnrolmentError('refused', `${url}: ${refusalOf(text, response.statusCode)}`));
        });
      },
    );
    asked.on('error', fail);
    asked.end(body);
  });
}

function refusalOf(text: string, status: number | undefined): string {
  const { code, detail } = jsonOf(text);
  if (typeof code !== 'string' || typeof detail !== 'string') return `status ${status}`;
  return `${detail.slice(0, 1000)} (${code.slice(0, 50)})`;
}

function readAnswer(text: string): readonly [Certificate, ...Certificate[]] {
  const { certificate } = jsonOf(text);
  try {
    const [leaf, ...rest] = decodeCertificates(String(certificate)).map(parseCertificate);
    if (leaf !== undefined) return [leaf, ...rest];
  } catch (error) {
    if (!(error instanceof PemError || error instanceof CertificateError)) throw error;
  }
  throw new EnrolmentError('bad-answer', 'the answer holds no certificate');
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
