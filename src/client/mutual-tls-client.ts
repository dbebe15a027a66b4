import { type IncomingMessage } from 'node:http';
import { Agent, type AgentOptions, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

export interface MutualTlsClientOptions {
  /** The client's certificate: leaf first, then the intermediates, PEM. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Trust anchors for the server, PEM. Default: the public roots. */
  readonly ca?: string | Buffer;
  /** The name the server's certificate must carry. Default: the host of the URL. */
  readonly serverName?: string;
}

export interface ClientRequest {
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Default 30,000 milliseconds without a byte. */
  readonly timeoutMs?: number;
}

export interface ClientResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Reads the whole body as UTF-8. */
  text(): Promise<string>;
  /** The response as node has it: a stream. */
  readonly message: IncomingMessage;
}

/** A server refused this client's certificate or its absence; `alert` is TLS's name for the reason. */
export class ClientRefusedError extends Error {
  readonly alert: string;
  constructor(alert: string, cause: Error) {
    super(`the server refused this client during the handshake: ${alert}`, { cause });
    this.name = 'ClientRefusedError';
    this.alert = alert;
  }
}

export interface MutualTlsClient {
  /** For libraries that take an agent of node's https. */
  readonly agent: Agent;
  /** Requests an https URL. Rejects with ClientRefusedError where the server refused the certificate. */
  request(url: string | URL, request?: ClientRequest): Promise<ClientResponse>;
  /** A TLS connection to any service; resolves when the handshake is done and the server verified. */
  connect(host: string, port: number): Promise<TLSSocket>;
  /** Closes every connection, so that nothing keeps the process alive. */
  close(): void;
}

/** A client that shows its certificate and verifies the server's. Connections are kept and reused. */
export function mutualTlsClient(options: MutualTlsClientOptions): MutualTlsClient {
  const identity: ConnectionOptions = {
    cert: options.cert,
    key: options.key,
    ...(options.ca === undefined ? {} : { ca: options.ca, allowPartialTrustChain: true }),
    ...(options.serverName === undefined ? {} : { servername: options.serverName }),
    minVersion: 'TLSv1.2',
  };
  const agent = new Agent({ ...(identity as AgentOptions), keepAlive: true });

  return {
    agent,
    request: (url, request = {}) => send(agent, new URL(url), request),
    connect: (host, port) =>
      new Promise((resolve, reject) => {
        const socket = connect({ servername: host, ...identity, host, port });
        socket.once('secureConnect', () => {
          socket.removeListener('error', reject);
          resolve(socket);
        });
        socket.once('error', reject);
      }),
    close: () => {
      // A connection whose response has just been read is in neither of the agent's lists.
      agent.maxFreeSockets = 0;
      agent.destroy();
    },
  };
}

function send(agent: Agent, url: URL, request: ClientRequest): Promise<ClientResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(url, {
      agent,
      method: request.method ?? 'GET',
      headers: { ...request.headers },
      timeout: request.timeoutMs ?? 30_000,
    });
    outgoing.once('response', (message) => {
      resolve({
        status: message.statusCode ?? 0,
        headers: message.headers,
        message,
        text: () => text(message),
      });
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error(`no byte from ${url.host} in time`)));
    outgoing.once('error', (error) => reject(refusal(error) ?? error));
    outgoing.end(request.body);
  });
}

/** OpenSSL names the alert in the error's code: ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED. */
function refusal(error: NodeJS.ErrnoException): ClientRefusedError | null {
  const alert = /ALERT_(\w+)$/.exec(error.code ?? '')?.[1];
  return alert === undefined ? null : new ClientRefusedError(alert.toLowerCase(), error);
}
