// What a client of node's sees of a TLS server, as data.
import * as tls from 'node:tls';
import type { KeyPair } from './openssl-certificates.ts';

export interface ClientSight {
  /** The handshake succeeded on the client's side, which on TLS 1.3 says nothing of its certificate. */
  readonly secure: boolean;
  /** Number of the alert the server sent. */
  readonly alert: number | null;
  /** What was received before the end. */
  readonly received: string;
  /** The connection was reset. */
  readonly reset: boolean;
  readonly version: string | null;
  readonly reused: boolean;
  /** The last session that the server gave out. */
  readonly session: Buffer | null;
  readonly peerCertificate: string | null;
}

export interface ClientOptions {
  readonly pair?: KeyPair | undefined;
  readonly version?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  readonly servername?: string;
  /** Key-exchange groups as OpenSSL names them, by a colon each. */
  readonly groups?: string;
  readonly alpn?: readonly string[];
  readonly session?: Buffer;
  /** Sent as soon as the handshake is through. */
  readonly send?: string | Buffer;
  /** Breaks the connection off after this time, whatever has happened. */
  readonly leaveAfterMs?: number;
}

/** Connects, reads until the server closes and tells what was seen. Rejects never. */
export function connectTls(port: number, options: ClientOptions = {}): Promise<ClientSight> {
  return new Promise((resolve) => {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...(options.pair && { cert: options.pair.certPem, key: options.pair.keyPem }),
      ...(options.version && { minVersion: options.version, maxVersion: options.version }),
      ...(options.servername !== undefined && { servername: options.servername }),
      ...(options.groups !== undefined && { ecdhCurve: options.groups }),
      ...(options.alpn && { ALPNProtocols: [...options.alpn] }),
      ...(options.session && { session: options.session }),
    });
    if (options.leaveAfterMs !== undefined) {
      setTimeout(() => socket.destroy(), options.leaveAfterMs);
    }
    let secure = false;
    let received = '';
    let error: NodeJS.ErrnoException | null = null;
    let session: Buffer | null = null;
    let version: string | null = null;
    let reused = false;
    let peerCertificate: string | null = null;
    socket.on('secureConnect', () => {
      secure = true;
      version = socket.getProtocol();
      reused = socket.isSessionReused();
      peerCertificate = socket.getPeerX509Certificate()?.subject ?? null;
      if (options.send !== undefined) socket.write(options.send);
    });
    socket.on('session', (given) => (session = given));
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.on('error', (given: NodeJS.ErrnoException) => (error ??= given));
    socket.on('close', () => {
      const number = /SSL alert number (\d+)/.exec(error?.message ?? '')?.[1];
      resolve({
        secure,
        alert: number === undefined ? null : Number(number),
        received,
        reset: error?.code === 'ECONNRESET' || error?.code === 'EPIPE',
        version,
        reused,
        session,
        peerCertificate,
      });
    });
  });
}
