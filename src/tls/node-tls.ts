// Everything here rests on how node's TLS behaves rather than on what its documentation promises.
// server-handshake.test.ts holds one test for each such fact.
import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type * as tls from 'node:tls';
import type { TlsHandle } from './node-handles.ts';

/** Seals and opens session tickets: AES-128 in CBC mode, HMAC-SHA256. */
export interface TicketKey {
  /** 16 bytes that stand in the clear before each ticket. */
  readonly name: Buffer;
  /** 16 bytes. */
  readonly aes: Buffer;
  readonly hmac: Buffer;
}

/** Asked by OpenSSL for the key of each ticket. Must not throw. */
export interface TicketKeys {
  /** Null: no ticket is given out. */
  sealing(): TicketKey | null;
  /** Null: the ticket isn't opened, and the handshake is a full one. */
  opening(name: Buffer, iv: Buffer): TicketKey | null;
}

/**
 * Lets `keys` decide on the tickets of a context. Unlike with the keys that node takes for a context,
 * there may be several, and a client that resumes by TLS 1.3 is given its next ticket.
 */
export function decideTickets(context: tls.SecureContext, keys: TicketKeys): void {
  const native = context.context as NativeContext;
  native.enableTicketKeyCallback();
  native.onticketkeycallback = (name, iv, isSealing) => {
    const key = isSealing ? keys.sealing() : keys.opening(name, iv);
    if (key === null) return NO_TICKET;
    if (!isSealing) return [OPENED_AND_RENEWED, key.hmac, key.aes];
    return [SEALED, key.hmac, key.aes, key.name, randomBytes(16)];
  };
}

interface NativeContext {
  enableTicketKeyCallback(): void;
  onticketkeycallback: (name: Buffer, iv: Buffer, isSealing: boolean) => readonly unknown[];
}

const SEALED = 1;
const OPENED_AND_RENEWED = 2;
const NOTHING = Buffer.alloc(16);
const NO_TICKET = [0, NOTHING, NOTHING, NOTHING, NOTHING];

/** OpenSSL's code for what is wrong with the peer's certificate; null: nothing, or there is none. */
export function readVerifyError(socket: tls.TLSSocket): string | null {
  const handle = handleOf(socket);
  return handle === null ? null : verifyErrorOf(handle);
}

/**
 * The peer's certificates, DER, in the order they were sent, leaf first; empty where it has none.
 * On a resumed session there is the leaf alone. To be called once a connection: some versions of node
 * have the others only the first time.
 */
export function readPeerChain(socket: tls.TLSSocket): Buffer[] {
  const handle = handleOf(socket);
  return handle === null ? [] : peerChainOf(handle);
}

/**
 * As `readVerifyError`, of a connection that has no socket. Not to be asked for before the handshake is done or has brought
 * a certificate: node crashes.
 */
export function verifyErrorOf(handle: PeerHandle): string | null {
  const error = handle.verifyError();
  return error === null ? null : (error.code ?? 'UNSPECIFIED');
}

/** As `readPeerChain`, of a connection that has no socket. */
export function peerChainOf(handle: PeerHandle): Buffer[] {
  const leaf = handle.getPeerX509Certificate();
  if (leaf === undefined) return [];
  // Mostly it is all there is, and an empty array that is pushed to makes room for seventeen.
  const chain = [leaf.raw()];
  let issuer = leaf.getIssuerCert();
  while (issuer !== undefined && chain.length < MAX_CHAIN) {
    chain.push(issuer.raw());
    issuer = issuer.getIssuerCert();
  }
  return chain;
}

type PeerHandle = Pick<TlsHandle, 'verifyError' | 'getPeerX509Certificate'>;

function handleOf(socket: tls.TLSSocket): PeerHandle | null {
  return (socket as unknown as { readonly _handle: PeerHandle | null })._handle;
}

/** Certificates of a chain that are looked at. */
const MAX_CHAIN = 32;

/**
 * Bytes of a connection, TLS or plain, that the kernel has taken so far, and those that still wait for
 * it: what tells a client that reads slowly from one that has stopped.
 */
export function kernelProgress(socket: Duplex): {
  readonly taken: number;
  readonly waiting: number;
} {
  const { _handle: own } = socket as unknown as Wrapping;
  const handle = own?._parent ?? own;
  if (handle?.writeQueueSize === undefined) return NO_PROGRESS;
  const { bytesWritten, writeQueueSize } = handle;
  return { taken: bytesWritten - writeQueueSize, waiting: writeQueueSize };
}

const NO_PROGRESS = { taken: 0, waiting: 0 };

/**
 * Whether what is written to a connection now is taken before `write` returns, so that its memory may be
 * used again: OpenSSL encrypts it, or keeps a copy where it can't yet. Not where the connection is plain,
 * corked, or has other writes waiting.
 */
export function takesAtOnce(socket: Duplex): boolean {
  return isTls(socket) && socket.writableLength === 0 && socket.writableCorked === 0;
}

function isTls(socket: Duplex): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}

/** A socket, whose handle may stand on another. */
interface Wrapping {
  readonly _handle?: (Counts & { readonly _parent?: Counts }) | null;
}

interface Counts {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
  readonly useUserBuffer?: (memory: Buffer) => void;
}

/** Takes what a socket receives, instead of its 'data' events. */
export interface MemoryReader {
  /** `size` bytes stand at the start of the memory that was given last. Gives the memory for what is next. */
  received(size: number): Buffer;
}

/**
 * Lets a connected socket, TLS or plain, read into memory of its reader's choice; node itself makes a
 * new buffer of 16 KiB (TLS) or 64 KiB (plain) for each read, which is most of what a busy connection
 * costs. From then on there are no 'data' events; `pause`, `resume`, 'end' and the rest stay. What has
 * been read before and not been taken is taken by `read` first. `memory` must not be empty, and nobody
 * else may use it until other memory was given. False, and nothing has changed: this node can't.
 */
export function readInto(socket: Socket, memory: Buffer, reader: MemoryReader): boolean {
  const handle = (socket as unknown as Wrapping)._handle;
  if (handle?.useUserBuffer === undefined || READ_SLOTS === null) return false;
  let next = memory;
  let given = memory;
  const slots = socket as unknown as Record<symbol, unknown>;
  slots[READ_SLOTS.memory] = memory;
  // Named first, so that V8 does not make them old (decision 074).
  const received = (size: number): void => {
    next = reader.received(size);
  };
  const following = (): Buffer | undefined => {
    if (next === given) return undefined;
    given = next;
    return next;
  };
  slots[READ_SLOTS.received] = received;
  slots[READ_SLOTS.next] = following;
  handle.useUserBuffer(memory);
  return true;
}

/** Where node keeps what the option `onread` of a socket says; that option is ignored where TLS is on another socket. */
const READ_SLOTS = findReadSlots();

function findReadSlots() {
  const symbols = Object.getOwnPropertySymbols(new Socket());
  const find = (name: string): symbol | undefined =>
    symbols.find(({ description }) => description === name);
  const [memory, received, next] = [find('kBuffer'), find('kBufferCb'), find('kBufferGen')];
  if (memory === undefined || received === undefined || next === undefined) return null;
  return { memory, received, next };
}
