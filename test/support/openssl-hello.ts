// What OpenSSL reads in a ClientHello, by way of node's TLS server side.
import { Duplex } from 'node:stream';
import * as tls from 'node:tls';

export interface OpensslReading {
  readonly serverName: string | null;
  readonly alpn: string | null;
}

/** Feeds the bytes to a server side of `secureContext`. Null: it refuses them, or waits for more. */
export function readByOpenssl(
  bytes: Uint8Array,
  secureContext: tls.SecureContext,
  protocols: readonly string[],
): Promise<OpensslReading | null> {
  return new Promise((resolve) => {
    let socket: tls.TLSSocket | null = null;
    const settle = (reading: OpensslReading | null) => {
      clearTimeout(timer);
      setImmediate(() => socket?.destroy());
      resolve(reading);
    };
    const timer = setTimeout(() => settle(null), 100);
    const wire = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        done();
        // The first thing it writes is a ServerHello, a HelloRetryRequest or an alert.
        settle(chunk[0] === 22 ? describe(socket) : null);
      },
    });
    socket = new tls.TLSSocket(wire, {
      isServer: true,
      secureContext,
      ALPNProtocols: [...protocols],
    });
    socket.on('error', () => settle(null));
    socket.on('_tlsError', () => settle(null));
    wire.push(bytes);
  });
}

interface Internals {
  readonly _handle: {
    getServername(): string | false;
    getALPNNegotiatedProtocol(): string | false;
  } | null;
}

function describe(socket: tls.TLSSocket | null): OpensslReading | null {
  const handle = (socket as unknown as Internals | null)?._handle;
  if (handle === null || handle === undefined) return null;
  return {
    serverName: handle.getServername() || null,
    alpn: handle.getALPNNegotiatedProtocol() || null,
  };
}
