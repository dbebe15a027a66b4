// Evidence for findings, made by hand.
import type { CauseCode, Evidence, UserFacts } from '../../src/diagnostics/evidence.ts';
import type { Certificate } from '../../src/pki/certificate.ts';
import { openRecord } from '../../src/tls/handshake-opening.ts';

export interface EvidenceParts extends Partial<Omit<Evidence, 'causes' | 'users'>> {
  readonly codes: readonly CauseCode[];
  readonly detail?: string;
  /** The certificate that the first cause is about. */
  readonly about?: Certificate | null;
  readonly users?: Partial<UserFacts>;
}

/** A refusal with these causes; what is not said is as plain as can be. */
export function evidenceOf(parts: EvidenceParts): Evidence {
  const { codes, detail = 'detail', about = null, users, ...rest } = parts;
  const record = openRecord('127.0.0.1:9443', { remoteAddress: '192.0.2.1', remotePort: 40000 });
  record.outcome = 'refused';
  return {
    causes: codes.map((code, index) => ({ code, detail, certificate: index === 0 ? about : null })),
    record,
    listener: {
      name: '127.0.0.1:9443',
      protocol: 'https',
      serverNames: ['test.com', '*.test.com'],
      alpn: ['h2', 'http/1.1'],
      timeoutMs: 10_000,
      maxInFlight: 2048,
    },
    server: null,
    chain: [],
    users: { names: [], rule: 'exact', ...users },
    request: null,
    at: Date.UTC(2026, 6, 1),
    ...rest,
  };
}
