// Servers for a probe to look at, and the probe with the settings of most tests.
import type { AddressInfo, Server, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls';
import { type Probe, probeHandshake, type ProbeOptions } from '../../src/tls/probe/probe.ts';
import { probeContext } from '../../src/tls/probe/probe-context.ts';
import type { TranscriptEntry } from '../../src/tls/transcript/transcript.ts';
import type { KeyPair } from './openssl-certificates.ts';

export interface ProbeChoices extends Partial<Omit<ProbeOptions, 'context' | 'port'>> {
  readonly caPem: string;
  readonly client?: KeyPair;
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** Probes a server on this machine. */
export function probe(
  port: number,
  { caPem, client, maxVersion, ...choices }: ProbeChoices,
): Promise<Probe> {
  return probeHandshake({
    host: '127.0.0.1',
    port,
    serverName: 'localhost',
    startTls: 'none',
    alpn: [],
    timeoutMs: 5000,
    watchMs: 300,
    ...choices,
    context: probeContext({ caPem, client: client ?? null, maxVersion: maxVersion ?? 'TLSv1.3' }),
  });
}

/** A TLS server of node's that lives as long as the test; its port. `raw` is what TLS runs on. */
export function tlsServer(
  t: Pick<TestContext, 'after'>,
  options: TlsOptions,
  onSecure: (socket: TLSSocket, raw: Socket | undefined) => void = () => {},
): Promise<number> {
  const connections = new Map<number | undefined, Socket>();
  const server = createServer(options, (socket) => {
    socket.on('error', () => {});
    onSecure(socket, connections.get(socket.remotePort));
  });
  server.on('connection', (raw) => connections.set(raw.remotePort, raw));
  server.on('tlsClientError', () => {});
  return listening(t, server);
}

/** Lets a server listen on a free port for as long as the test lives. */
export async function listening(t: Pick<TestContext, 'after'>, server: Server): Promise<number> {
  const open = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Each message as `> client-hello`, with `*` where it was encrypted. */
export function outline(entries: readonly TranscriptEntry[]): string[] {
  return entries.map(
    ({ from, encrypted, message }) =>
      `${from === 'client' ? '>' : '<'}${encrypted ? '*' : ''} ${message.kind}`,
  );
}
