// What OpenSSL says of a client's certificate without the key of that certificate: a handshake of TLS
// 1.2 in memory, in which the server reads and verifies the Certificate message before it asks for any
// proof of the key (RFC 5246, section 7.4.6). Nothing else in node verifies a chain by OpenSSL.
import { Duplex } from 'node:stream';
import { type SecureContext, TLSSocket } from 'node:tls';
import { type HandshakeFailure, readFailure } from './handshake-failure.ts';
import type { ServerTlsOptions } from './options.ts';
import { LiveRevocations } from './live-revocations.ts';
import { readVerifyError } from './node-tls.ts';
import { PeerCache } from './peer-judge.ts';
import { ServerContext } from './server-context.ts';
import { RotatingTicketSecrets } from './ticket-secrets.ts';

export type OpensslVerdict =
  /** `error`: node's code, as in PresentedPeer; null: it has nothing to complain about. */
  | { readonly kind: 'judged'; readonly error: string | null }
  /** It can't read what is presented, and would end the handshake. */
  | { readonly kind: 'failed'; readonly failure: HandshakeFailure };

/**
 * Shows a chain (DER, leaf first, not empty) to a server of these options, at this moment by the
 * machine's clock. Rejects where the options can't be used, or no handshake can be begun with them.
 */
export async function opensslVerdict(
  options: ServerTlsOptions,
  chain: readonly Buffer[],
): Promise<OpensslVerdict> {
  const { secureContext } = new ServerContext(
    { ...options, minVersion: 'TLSv1.2', ciphers: null },
    [],
    new PeerCache(),
    new RotatingTicketSecrets(),
    new LiveRevocations(),
  ).sideOptions;
  return new Promise((resolve, reject) => {
    new Interview(secureContext, chain, (verdict) => {
      if (verdict instanceof Error) reject(verdict);
      else resolve(verdict);
    }).begin();
  });
}

/** The server's end, to the moment at which it has verified the client. */
class Interview extends TLSSocket {
  readonly #wire: Wire;
  readonly #chain: readonly Buffer[];
  #settle: ((verdict: OpensslVerdict | Error) => void) | null;
  #hasAnswered = false;

  constructor(
    secureContext: SecureContext | undefined,
    chain: readonly Buffer[],
    settle: (verdict: OpensslVerdict | Error) => void,
  ) {
    const wire = new Wire();
    super(wire, { isServer: true, secureContext, requestCert: true, rejectUnauthorized: false });
    this.#wire = wire;
    this.#chain = chain;
    this.#settle = settle;
    this.on('error', () => {});
  }

  begin(): void {
    this.#wire.onWritten = () => this.#answer();
    this.#wire.push(handshakeRecords(CLIENT_HELLO, CLIENT_HELLO_BODY));
  }

  /**
   * Called by node on every error. One about the certificate's signature is not the handshake's: the
   * verdict was reached all the same.
   */
  override destroy(error?: Error): this {
    if (!(#settle in this) || this.#settle === null) return super.destroy(error);
    if (!this.#look()) {
      this.#end(
        error !== undefined && this.#hasAnswered
          ? { kind: 'failed', failure: readFailure(error) }
          : (error ?? new Error('the handshake in memory ended early')),
      );
    }
    return this;
  }

  #answer(): void {
    if (this.#hasAnswered || !this.#wire.written.subarray(-4).equals(SERVER_HELLO_DONE)) return;
    this.#hasAnswered = true;
    this.#wire.push(handshakeRecords(CERTIFICATE, certificateBody(this.#chain)));
    setImmediate(() => this.#await(MOST_TURNS));
  }

  #await(turns: number): void {
    if (this.#settle === null || this.#look()) return;
    if (turns > 0) setImmediate(() => this.#await(turns - 1));
    else this.#end(new Error('the certificate was not read'));
  }

  /** Without a certificate node may not be asked what is wrong with it. */
  #look(): boolean {
    if (this.getPeerX509Certificate() === undefined) return false;
    this.#end({ kind: 'judged', error: readVerifyError(this) });
    return true;
  }

  #end(verdict: OpensslVerdict | Error): void {
    const settle = this.#settle;
    this.#settle = null;
    // OpenSSL may be on the stack that this is called from; its objects can't be freed there.
    setImmediate(() => super.destroy());
    settle?.(verdict);
  }
}

/** Turns of the event loop that reading the longest chain may take. */
const MOST_TURNS = 1000;

/** The client's end: what the server writes is kept, what is pushed is read by it. */
class Wire extends Duplex {
  written = Buffer.alloc(0);
  onWritten = (): void => {};

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written = Buffer.concat([this.written, bytes]);
    done();
    this.onWritten();
  }
}

const CLIENT_HELLO = 1;
const CERTIFICATE = 11;
const SERVER_HELLO_DONE = Buffer.from([14, 0, 0, 0]);

function certificateBody(chain: readonly Buffer[]): Buffer {
  const entries = Buffer.concat(chain.flatMap((der) => [u24(der.length), der]));
  return Buffer.concat([u24(entries.length), entries]);
}

/** Suites, groups and signature algorithms for whatever key the server has. */
const CLIENT_HELLO_BODY = Buffer.concat([
  u16(0x0303),
  Buffer.alloc(32, 1),
  Buffer.from([0]),
  list(0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8),
  Buffer.from([1, 0]),
  vector(
    Buffer.concat([
      u16(10),
      vector(list(0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x001a, 0x001b, 0x001c)),
      u16(11),
      vector(Buffer.from([1, 0])),
      u16(13),
      vector(
        list(
          0x0403,
          0x0503,
          0x0603,
          0x0807,
          0x0808,
          0x0804,
          0x0805,
          0x0806,
          0x0809,
          0x080a,
          0x080b,
          0x0401,
          0x0501,
          0x0601,
        ),
      ),
    ]),
  ),
]);

function handshakeRecords(type: number, body: Buffer): Buffer {
  const message = Buffer.concat([Buffer.from([type]), u24(body.length), body]);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += MAX_RECORD) {
    records.push(Buffer.from([22, 3, 3]), vector(message.subarray(at, at + MAX_RECORD)));
  }
  return Buffer.concat(records);
}

const MAX_RECORD = 16 * 1024;

function list(...numbers: readonly number[]): Buffer {
  return vector(Buffer.concat(numbers.map(u16)));
}

/** Bytes behind their length in two bytes. */
function vector(bytes: Buffer): Buffer {
  return Buffer.concat([u16(bytes.length), bytes]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function u24(value: number): Buffer {
  return Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
}
