import { isIPv4, isIPv6, type Socket } from 'node:net';
import { plainAddress } from '../../tls/plain-address.ts';
import type { HandshakeRecord } from '../../tls/handshake-record.ts';
import type { AcceptedConnection } from '../frontend.ts';

/** The twelve bytes that begin a header of version 2. */
const SIGNATURE = Buffer.from([13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]);

const TYPE = {
  authority: 0x02,
  ssl: 0x20,
  sslVersion: 0x21,
  sslCommonName: 0x22,
  sslCipher: 0x23,
  /** First of the types for private use: the user that the client is. */
  user: 0xe0,
} as const;

const CLIENT_SSL = 0x01;
const CLIENT_CERT_CONN = 0x02;
const CLIENT_CERT_SESS = 0x04;
/** Longest value that is told; a certificate's names may be longer. */
const MAX_VALUE = 4096;

/**
 * The header by which the PROXY protocol, version 2 (section 2.2 of its specification) tells who a client
 * is: its address and ours, the server name, TLS version and cipher, the common name of a verified
 * certificate, and the user as a TLV of type 0xE0. `verify` in the SSL TLV is 0 only for a certificate
 * that was verified.
 */
export function proxyHeader({ socket, record, verdict, decision }: AcceptedConnection): Buffer {
  const isVerified = verdict.kind === 'verified';
  const presents = isVerified ? CLIENT_CERT_CONN | CLIENT_CERT_SESS : 0;
  const ssl = Buffer.alloc(5);
  ssl[0] = CLIENT_SSL | presents;
  ssl.writeUInt32BE(isVerified ? 0 : 1, 1);
  const about = [text(TYPE.sslVersion, record.version), text(TYPE.sslCipher, record.cipher)];
  if (isVerified) about.push(text(TYPE.sslCommonName, commonName(verdict.peer.leaf.subject)));
  return header(socket, record, [
    text(TYPE.authority, record.sni),
    value(TYPE.ssl, Buffer.concat([ssl, ...about])),
    text(TYPE.user, decision.user),
  ]);
}

/** The same for a client of whom there is nothing to say but its address, and the server name that it sent. */
export function plainProxyHeader(socket: Socket, record: HandshakeRecord): Buffer {
  return header(socket, record, [text(TYPE.authority, record.sni)]);
}

function header(
  socket: Socket,
  { remoteAddress, remotePort }: HandshakeRecord,
  values: readonly Buffer[],
): Buffer {
  const addresses = addressBlock(socket, remoteAddress, remotePort);
  const body = Buffer.concat([addresses.bytes, ...values]);
  const head = Buffer.from([0x21, addresses.family, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([SIGNATURE, head, body]);
}

interface AddressBlock {
  /** Address family and transport: TCP over IPv4 or IPv6, or 0: not told. */
  readonly family: number;
  readonly bytes: Buffer;
}

function addressBlock(socket: Socket, client: string, clientPort: number): AddressBlock {
  const own = plainAddress(socket.localAddress ?? '');
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(clientPort, 0);
  ports.writeUInt16BE(socket.localPort ?? 0, 2);
  if (isIPv4(client) && isIPv4(own)) {
    return { family: 0x11, bytes: Buffer.concat([ipv4(client), ipv4(own), ports]) };
  }
  if (isIPv6(client) && isIPv6(own)) {
    return { family: 0x21, bytes: Buffer.concat([ipv6(client), ipv6(own), ports]) };
  }
  return { family: 0x00, bytes: Buffer.alloc(0) };
}

function ipv4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function ipv6(address: string): Buffer {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  const bytes = Buffer.alloc(16);
  for (const [at, group] of [...before, ...Array<number>(missing).fill(0), ...after].entries()) {
    bytes.writeUInt16BE(group, at * 2);
  }
  return bytes;
}

function commonName(subject: Subject): string | null {
  return subject.flat().findLast(({ type }) => type === COMMON_NAME)?.value ?? null;
}

type Subject = readonly (readonly { readonly type: string; readonly value: string }[])[];

const COMMON_NAME = '2.5.4.3';

function text(type: number, content: string | null | undefined): Buffer {
  return content === null || content === undefined || content === ''
    ? Buffer.alloc(0)
    : value(type, Buffer.from(content, 'utf8').subarray(0, MAX_VALUE));
}

function value(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, content.length >> 8, content.length & 0xff]), content]);
}
