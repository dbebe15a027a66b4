// A listener with an acceptor behind it, for tests of the TLS rooms.
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type Acceptor, createAcceptor, type HandshakeOutcome } from '../../src/tls/acceptor.ts';
import { LiveRevocations } from '../../src/tls/live-revocations.ts';
import type { ServerTlsOptions, TlsListenerOptions } from '../../src/tls/options.ts';
import { type MaterialSource, NO_MATERIAL } from '../../src/tls/server-material.ts';
import { SessionMemory, type SessionStore } from '../../src/tls/session-store.ts';
import type { KeyPair } from './openssl-certificates.ts';
import { listenRaw } from './raw-listener.ts';

/** A certificate's options with nothing unusual: mode `true`, no bounds. */
export function serverTls(
  pair: KeyPair,
  caPem: readonly string[],
  change: Partial<ServerTlsOptions> = {},
): ServerTlsOptions {
  return {
    name: 'server.crt',
    ...pair,
    snis: [],
    mode: 'true',
    mapping: false,
    caPem,
    depth: null,
    pins: new Set(),
    minVersion: 'TLSv1.2',
    crls: [],
    crlGraceMs: 0,
    ciphers: null,
    admitsUnverified: false,
    sessions: 'stateful',
    ...change,
  };
}

export interface AcceptingServer {
  readonly port: number;
  readonly acceptor: Acceptor;
  /** The next outcome in order, waiting for it if need be. */
  next(): Promise<HandshakeOutcome>;
}

/** Established connections are answered with one line, `hello`, and closed; `take` does otherwise. */
export async function acceptingServer(
  t: Pick<TestContext, 'after'>,
  options: Partial<TlsListenerOptions>,
  take: (outcome: HandshakeOutcome) => void = greet,
  sessions: SessionStore = new SessionMemory(),
  materials: MaterialSource = NO_MATERIAL,
  revocations: LiveRevocations = new LiveRevocations(),
): Promise<AcceptingServer> {
  const listener: TlsListenerOptions = {
    name: '127.0.0.1:0',
    fallback: null,
    certificates: [],
    alpn: [],
    timeoutMs: 5000,
    maxInFlight: 2048,
    answersPlainHttp: true,
    ...options,
  };
  const acceptor = createAcceptor(listener, sessions, revocations, materials);
  const waiting: ((outcome: HandshakeOutcome) => void)[] = [];
  const outcomes: HandshakeOutcome[] = [];
  const server = await listenRaw(t, (raw) => {
    acceptor.accept(raw, (outcome) => {
      take(outcome);
      const waiter = waiting.shift();
      if (waiter === undefined) outcomes.push(outcome);
      else waiter(outcome);
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    acceptor,
    next: () => {
      const outcome = outcomes.shift();
      if (outcome !== undefined) return Promise.resolve(outcome);
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}

function greet(outcome: HandshakeOutcome): void {
  if (outcome.kind === 'failed') return;
  outcome.socket.on('error', () => {});
  outcome.socket.end('hello\n');
  outcome.socket.resume();
}
