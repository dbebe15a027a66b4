// A gateway's HTTP side alone: TLS by node:tls, then our own connections, in front of one origin.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer } from 'node:tls';
import type { ClientFacts, Exchange, Origin } from '../../src/frontends/http/exchange.ts';
import { Http1Connection } from '../../src/frontends/http/http1.ts';
import { Http2Connection } from '../../src/frontends/http/http2.ts';
import type { HttpLimits } from '../../src/frontends/http/options.ts';
import type { KeyPair } from './openssl-certificates.ts';

export interface HttpGateway {
  readonly port: number;
  /** Every request that reached the origin. */
  readonly exchanges: readonly Exchange[];
  readonly connections: ReadonlySet<Http1Connection | Http2Connection>;
}

export const testLimits: HttpLimits = {
  maxHeadBytes: 32_768,
  maxFields: 100,
  headTimeoutMs: 5000,
  idleTimeoutMs: 5000,
  stallTimeoutMs: 5000,
  lifetimeMs: 60_000,
  maxStreams: 128,
  maxRequests: 100_000,
  responseTimeoutMs: 5000,
};

export const testClient: ClientFacts = {
  handshakeId: 'h-test',
  remoteAddress: '192.0.2.7',
  remotePort: 40000,
  tlsVersion: 'TLSv1.3',
  user: 'derek',
  subject: 'CN=derek',
  issuer: '',
  serialNumber: '',
  verification: 'SUCCESS',
  sans: [],
  chain: [],
  fingerprint: '',
};

/** Listens on a free port of 127.0.0.1; the client chooses the version of HTTP by ALPN. */
export async function startHttpGateway(
  t: Pick<TestContext, 'after'>,
  certificate: KeyPair,
  origin: Origin,
  limits: Partial<HttpLimits> = {},
): Promise<HttpGateway> {
  const exchanges: Exchange[] = [];
  const connections = new Set<Http1Connection | Http2Connection>();
  const handler = {
    client: testClient,
    handle: (exchange: Exchange): void => {
      exchanges.push(exchange);
      origin.handle(exchange);
    },
  };
  const sockets = new Set<Socket>();
  const server = createServer({
    cert: certificate.certPem,
    key: certificate.keyPem,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => {
    const Connection = socket.alpnProtocol === 'h2' ? Http2Connection : Http1Connection;
    const connection = new Connection(socket, handler, { ...testLimits, ...limits });
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, exchanges, connections };
}
