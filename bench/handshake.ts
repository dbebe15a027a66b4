import { type BenchSettings, compare } from './comparison.ts';
import { cryptographyOfHandshake } from './cryptography.ts';
import type { Row } from './row.ts';

/** Full mutual handshakes, TLS 1.3, P-256 and X25519, each with one request that the server answers itself. */
export async function benchHandshake(settings: BenchSettings): Promise<Row[]> {
  const scenario = 'handshake: full, TLS 1.3, P-256';
  const rows = await compare(settings, {
    scenario,
    mode: 'full',
    concurrency: 16,
    upstreamPort: null,
    body: 'hello',
  });
  return [...rows, cryptographyOfHandshake(scenario)];
}

/** The same, resuming the session of the connection before. */
export function benchResumedHandshake(settings: BenchSettings): Promise<Row[]> {
  return compare(settings, {
    scenario: 'handshake: resumed, TLS 1.3',
    mode: 'resumed',
    concurrency: 16,
    upstreamPort: null,
    body: 'hello',
  });
}
