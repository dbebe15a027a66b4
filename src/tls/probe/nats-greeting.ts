import type { Socket } from 'node:net';

/** What a NATS server says of itself before TLS starts. */
export interface NatsGreeting {
  readonly version: string | null;
  readonly serverName: string | null;
  readonly tlsRequired: boolean;
  readonly tlsVerify: boolean;
}

export type NatsGreetingResult =
  | { readonly kind: 'greeting'; readonly greeting: NatsGreeting }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'no-tls'; readonly detail: string };

/** Longest INFO line that is read, in bytes. */
const MAX_LINE = 64 * 1024;

/**
 * Reads the INFO line that a NATS server begins with, before TLS starts on the same connection.
 * Anything else, and a server that offers no TLS, is `no-tls`.
 */
export function readNatsGreeting(bytes: Buffer): NatsGreetingResult {
  const prefix = bytes.toString('latin1', 0, 5).toUpperCase();
  if (!'INFO '.startsWith(prefix)) return noTls('it does not begin with INFO, as NATS servers do');
  const end = bytes.indexOf('\r\n');
  if (end === -1) {
    return bytes.length > MAX_LINE ? noTls('its INFO line does not end') : { kind: 'incomplete' };
  }
  if (end > MAX_LINE) return noTls('its INFO line is too long');
  const info = parseInfo(bytes.toString('utf8', 5, end));
  if (info === null) return noTls('its INFO line is no JSON object');
  const tlsRequired = info['tls_required'] === true;
  if (!tlsRequired && info['tls_available'] !== true) return noTls('its INFO offers no TLS');
  return {
    kind: 'greeting',
    greeting: {
      version: textOf(info['version']),
      serverName: textOf(info['server_name']),
      tlsRequired,
      tlsVerify: info['tls_verify'] === true,
    },
  };
}

/** Waits for the greeting on a connected socket. `closed`: the server went away before it was whole. */
export function awaitNatsGreeting(
  socket: Socket,
): Promise<NatsGreetingResult | { readonly kind: 'closed' }> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0);
    const finish = (result: NatsGreetingResult | { readonly kind: 'closed' }): void => {
      socket.off('data', onData);
      socket.off('close', onClose);
      socket.pause();
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const result = readNatsGreeting(bytes);
      if (result.kind !== 'incomplete') finish(result);
    };
    const onClose = (): void => finish({ kind: 'closed' });
    socket.on('data', onData);
    socket.on('close', onClose);
  });
}

function noTls(detail: string): NatsGreetingResult {
  return { kind: 'no-tls', detail };
}

function parseInfo(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, 200) : null;
}
