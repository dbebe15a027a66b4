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
  /** How many routes it has, `/route-0/` on, with a hundred users; one for everything where it is 1. */
  readonly routes: number;
  /** 1 unless given. */
  readonly workers?: number;
}

/** Many certificates, as `issueMany` lays them out, with bundles in `bundles/N.pem` as well. */
export interface SitesSetup {
  readonly folder: string;
  readonly port: number;
  /** Where the certificates are. */
  readonly sites: string;
  readonly count: number;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export interface Peer {
  readonly name: string;
  /** Whether it speaks no TLS: it is a limit, not a contender. */
  readonly isPlain?: boolean;
  /** The program's version and that of its TLS library, in words. */
  version(): Promise<string>;
  /** Writes the configuration and tells how to start the server, in the foreground. */
  prepare(setup: ServerSetup): Promise<Command>;
  /** The same for a certificate for each of many server names; `/x` is answered `many`. */
  prepareSites?(setup: SitesSetup): Promise<Command>;
}

/** The fields that tell an upstream who asks, as every peer is configured to send them. */
export const BENCH_USER = 'bench@example.com';

/** A hundred, the one that asks among them, for scenarios with routes. */
export const BENCH_USERS: readonly string[] = [
  ...Array.from({ length: 99 }, (_, index) => `user-${index}@example.com`),
  BENCH_USER,
];
