import { fileURLToPath } from 'node:url';
import type { Peer } from './peer.ts';

/** A node program that relays bytes without TLS: what is left for ours when cryptography costs nothing. */
export function createRelay(): Peer {
  const program = fileURLToPath(new URL('../raw-relay.ts', import.meta.url));
  return {
    name: 'raw TCP relay in Node',
    isPlain: true,
    version: async () => `Node ${process.versions.node}, no TLS`,
    prepare: async ({ port, upstreamPort }) => ({
      program: process.execPath,
      args: [program, String(port), String(upstreamPort)],
    }),
  };
}
