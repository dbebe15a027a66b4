// A server under measurement: how to start it for a scenario, and what it is.
import type { BenchCertificates } from '../certificates.ts';

export interface ServerSetup {
  /** A folder of this server's own, for its configuration, log and state. */
  readonly folder: string;
  readonly port: number;
  readonly certificates: BenchCertificates;
  /** Where requests go; null: the server answers `body` itself. */
  readonly upstreamPort: number | null;
  readonly body: string;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export interface Peer {
  readonly name: string;
  /** The program's version and that of its TLS library, in words. */
  version(): Promise<string>;
  /** Writes the configuration and tells how to start the server, in the foreground. */
  prepare(setup: ServerSetup): Promise<Command>;
}

/** The fields that tell an upstream who asks, as every peer is configured to send them. */
export const BENCH_USER = 'bench@example.com';
