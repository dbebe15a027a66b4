import { type ClientHello, readClientHello } from '../client-hello.ts';
import { isGrease } from '../protocol-names.ts';
import { ByteReader, CutShort } from './byte-reader.ts';
import type { CertificateMessage, CertificateRequestMessage, Message } from './message.ts';

export const HANDSHAKE = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  newSessionTicket: 4,
  encryptedExtensions: 8,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
  certificateStatus: 22,
  keyUpdate: 24,
} as const;

export const TLS13 = 0x0304;

/**
 * Reads the body of a handshake message (RFC 8446, section 4; RFC 5246, section 7.4), without its
 * four-byte header. `version` is the one that ServerHello chose; before it, any. Never throws: what
 * can't be read is `malformed`.
 */
export function readHandshakeMessage(type: number, body: Buffer, version: number): Message {
  try {
    return readBody(type, new ByteReader(body), body, version);
  } catch (error) {
    if (error instanceof CutShort) return { kind: 'malformed', detail: error.message };
    throw error;
  }
}

function readBody(type: number, reader: ByteReader, body: Buffer, version: number): Message {
  switch (type) {
    case HANDSHAKE.clientHello:
      return readHello(body);
    case HANDSHAKE.serverHello:
      return readServerHello(reader);
    case HANDSHAKE.encryptedExtensions:
      return readEncryptedExtensions(reader);
    case HANDSHAKE.certificateRequest:
      return version === TLS13 ? readRequest13(reader) : readRequest12(reader);
    case HANDSHAKE.certificate:
      return version === TLS13 ? readCertificate13(reader) : readCertificate12(reader);
    case HANDSHAKE.certificateVerify:
      return { kind: 'certificate-verify', scheme: reader.number(2) };
    case HANDSHAKE.serverKeyExchange:
      return readServerKeyExchange(reader);
    case HANDSHAKE.newSessionTicket:
      return { kind: 'new-session-ticket', lifetimeSeconds: reader.number(4) };
    default: {
      const kind = WITHOUT_CONTENT.get(type);
      return kind === undefined ? { kind: 'other-handshake', type } : { kind };
    }
  }
}

type ContentlessKind =
  | 'hello-request'
  | 'server-hello-done'
  | 'client-key-exchange'
  | 'finished'
  | 'certificate-status'
  | 'key-update';

/** Messages of which nothing is shown beyond that they came. */
const WITHOUT_CONTENT: ReadonlyMap<number, ContentlessKind> = new Map([
  [HANDSHAKE.helloRequest, 'hello-request'],
  [HANDSHAKE.serverHelloDone, 'server-hello-done'],
  [HANDSHAKE.clientKeyExchange, 'client-key-exchange'],
  [HANDSHAKE.finished, 'finished'],
  [HANDSHAKE.certificateStatus, 'certificate-status'],
  [HANDSHAKE.keyUpdate, 'key-update'],
]);

const EXTENSION = {
  statusRequest: 5,
  signatureAlgorithms: 13,
  alpn: 16,
  preSharedKey: 41,
  supportedVersions: 43,
  cookie: 44,
  certificateAuthorities: 47,
  keyShare: 51,
} as const;

function readHello(body: Buffer): Message {
  const hello = readClientHello(body);
  if ('kind' in hello) return { kind: 'malformed', detail: hello.detail };
  return {
    kind: 'client-hello',
    sni: hello.sni,
    alpn: hello.alpn,
    versions: hello.versions,
    groups: hello.groups,
    keyShares: readKeyShares(body),
    cipherSuites: hello.cipherSuites,
    resumes: offersSession(hello),
  };
}

function offersSession(hello: ClientHello): boolean {
  return hello.pskIdentities.length > 0 || hello.hasTicket;
}

function readKeyShares(body: Buffer): number[] {
  const reader = new ByteReader(body);
  reader.take(34);
  reader.vectorBytes(1);
  reader.vectorBytes(2);
  reader.vectorBytes(1);
  const bytes = readHelloExtensions(reader).get(EXTENSION.keyShare);
  if (bytes === undefined) return [];
  const groups: number[] = [];
  const shares = new ByteReader(bytes).vector(2);
  while (!shares.atEnd) {
    const group = shares.number(2);
    shares.vectorBytes(2);
    if (!isGrease(group)) groups.push(group);
  }
  return groups;
}

/** The random by which a ServerHello says that it is a HelloRetryRequest (RFC 8446, section 4.1.3). */
const RETRY = Buffer.from(
  'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c',
  'hex',
);

function readServerHello(reader: ByteReader): Message {
  const legacyVersion = reader.number(2);
  const random = reader.take(32);
  reader.vectorBytes(1);
  const cipherSuite = reader.number(2);
  reader.number(1);
  const extensions = readHelloExtensions(reader);
  reader.finish();
  const versions = extensions.get(EXTENSION.supportedVersions);
  const version = versions === undefined ? legacyVersion : new ByteReader(versions).number(2);
  const share = extensions.get(EXTENSION.keyShare);
  const group = share === undefined ? null : new ByteReader(share).number(2);
  if (random.equals(RETRY)) {
    const cookie = extensions.has(EXTENSION.cookie);
    return { kind: 'hello-retry-request', version, cipherSuite, group, cookie };
  }
  const resumes = extensions.has(EXTENSION.preSharedKey);
  return {
    kind: 'server-hello',
    version,
    cipherSuite,
    group,
    alpn: chosenAlpn(extensions),
    resumes,
  };
}

function readEncryptedExtensions(reader: ByteReader): Message {
  const extensions = readExtensions(reader);
  reader.finish();
  return { kind: 'encrypted-extensions', alpn: chosenAlpn(extensions) };
}

/** The protocol that the server chose, unprintable bytes as `\xNN`. */
function chosenAlpn(extensions: ReadonlyMap<number, Buffer>): string | null {
  const bytes = extensions.get(EXTENSION.alpn);
  if (bytes === undefined) return null;
  const name = new ByteReader(bytes).vector(2).vectorBytes(1).toString('latin1');
  return name.replaceAll(
    /[^!-[\]-~]/g,
    (found) => `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function readRequest13(reader: ByteReader): CertificateRequestMessage {
  reader.vectorBytes(1);
  const extensions = readExtensions(reader);
  reader.finish();
  const names = extensions.get(EXTENSION.certificateAuthorities);
  const schemes = extensions.get(EXTENSION.signatureAlgorithms);
  return {
    kind: 'certificate-request',
    authorities: names === undefined ? [] : readAuthorities(new ByteReader(names)),
    schemes: schemes === undefined ? [] : readNumbers(new ByteReader(schemes)),
  };
}

function readRequest12(reader: ByteReader): CertificateRequestMessage {
  reader.vectorBytes(1);
  const schemes = readNumbers(reader);
  const authorities = readAuthorities(reader);
  reader.finish();
  return { kind: 'certificate-request', authorities, schemes };
}

function readAuthorities(reader: ByteReader): Buffer[] {
  const names: Buffer[] = [];
  const list = reader.vector(2);
  while (!list.atEnd) names.push(list.vectorBytes(2));
  return names;
}

function readNumbers(reader: ByteReader): number[] {
  const numbers: number[] = [];
  const list = reader.vector(2);
  while (!list.atEnd) {
    const value = list.number(2);
    if (!isGrease(value)) numbers.push(value);
  }
  return numbers;
}

function readCertificate13(reader: ByteReader): CertificateMessage {
  reader.vectorBytes(1);
  const list = reader.vector(3);
  reader.finish();
  const chain: Buffer[] = [];
  let stapled = false;
  while (!list.atEnd) {
    chain.push(list.vectorBytes(3));
    if (readExtensions(list).has(EXTENSION.statusRequest)) stapled = true;
  }
  return { kind: 'certificate', chain, stapled };
}

function readCertificate12(reader: ByteReader): CertificateMessage {
  const list = reader.vector(3);
  reader.finish();
  const chain: Buffer[] = [];
  while (!list.atEnd) chain.push(list.vectorBytes(3));
  return { kind: 'certificate', chain, stapled: false };
}

const NAMED_CURVE = 3;

/** Of the key exchanges of TLS 1.2 only those on named curves say which (RFC 8422, section 5.4). */
function readServerKeyExchange(reader: ByteReader): Message {
  if (reader.number(1) !== NAMED_CURVE) {
    return { kind: 'server-key-exchange', group: null, scheme: null };
  }
  const group = reader.number(2);
  reader.vectorBytes(1);
  return { kind: 'server-key-exchange', group, scheme: reader.number(2) };
}

/** A hello of TLS 1.2 may end before its extensions. */
function readHelloExtensions(reader: ByteReader): ReadonlyMap<number, Buffer> {
  return reader.atEnd ? new Map() : readExtensions(reader);
}

/** Extensions by their number. */
function readExtensions(reader: ByteReader): ReadonlyMap<number, Buffer> {
  const extensions = new Map<number, Buffer>();
  const list = reader.vector(2);
  while (!list.atEnd) extensions.set(list.number(2), list.vectorBytes(2));
  return extensions;
}
