import { join } from 'node:path';
import { makeCertificates } from './certificates.ts';
import { type BenchSettings, compare, forConnections } from './comparison.ts';
import { cryptographyOfHandshake } from './cryptography.ts';
import { newestOf } from './peers/choice.ts';
import type { Row } from './row.ts';

const ANSWERED = { concurrency: 16, upstreamPort: null, body: 'hello' } as const;

/** Full mutual handshakes, TLS 1.3, P-256 and X25519, each with one request that the server answers itself. */
export async function benchHandshake(settings: BenchSettings): Promise<Row[]> {
  const scenario = 'handshake: full, TLS 1.3, P-256';
  const rows = await compare(forConnections(settings), { ...ANSWERED, scenario, mode: 'full' });
  return [...rows, cryptographyOfHandshake(scenario, 'P-256')];
}

/** The same with RSA keys of 2048 bits on both sides. */
export async function benchRsaHandshake(settings: BenchSettings): Promise<Row[]> {
  const scenario = 'handshake: full, TLS 1.3, RSA-2048';
  const certificates = await makeCertificates(join(settings.folder, 'rsa'), 'RSA-2048');
  const own = { ...settings, certificates, peers: newestOf(settings.peers) };
  const rows = await compare(forConnections(own), { ...ANSWERED, scenario, mode: 'full' });
  return [...rows, cryptographyOfHandshake(scenario, 'RSA-2048')];
}

/** Resuming the session of the connection before. */
export function benchResumedHandshake(settings: BenchSettings): Promise<Row[]> {
  return compare(forConnections(settings), {
    ...ANSWERED,
    scenario: 'handshake: resumed, TLS 1.3',
    mode: 'resumed',
  });
}

/** With a client certificate of an unknown CA: an alert or a close, of nginx an answer 400. */
export function benchRefusedHandshake(settings: BenchSettings): Promise<Row[]> {
  const { strangerCert, strangerKey } = settings.certificates;
  return compare(
    { ...forConnections(settings), peers: newestOf(settings.peers) },
    {
      ...ANSWERED,
      scenario: 'handshake: certificate refused',
      mode: 'refused',
      certFile: strangerCert,
      keyFile: strangerKey,
    },
  );
}
