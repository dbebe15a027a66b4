// The state of a gateway that has run for long: thousands of certificates made through its API, clients in
// its ledger and handshakes in its store.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openAdminState } from '../../src/admin/admin-state.ts';
import { factsOf } from '../../src/admin/certificate-facts.ts';
import { EVENT_STEPS, EventStore } from '../../src/admin/event-store.ts';
import type { Finding } from '../../src/diagnostics/finding.ts';
import { ClientLedger, ledgerSteps } from '../../src/observability/client-ledger.ts';
import type { HandshakeEvent } from '../../src/observability/event.ts';
import { parseCertificate } from '../../src/pki/certificate.ts';
import { decodeCertificates } from '../../src/pki/pem.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { PeerFacts } from '../../src/tls/handshake-record.ts';
import { openRecord } from '../../src/tls/handshake-opening.ts';
import { siteName } from './many-certificates.ts';

const LISTENER = '127.0.0.1:9443';
const DAY_MS = 86_400_000;

/** Stores the first `count` certificates of `issueMany` in `folder` as made through the API. */
export async function storeCertificates(
  state: string,
  folder: string,
  count: number,
): Promise<void> {
  const admin = await openAdminState(state);
  const ca = await readFile(join(folder, 'ca.crt'), 'utf8');
  for (let index = 0; index < count; index++) {
    const certificate = await readFile(join(folder, `sites/${index}.crt`), 'utf8');
    const leaf = parseCertificate(decodeCertificates(certificate)[0]);
    const client = { ca, verify: true, verify_and_map: false, depth: null } as const;
    admin.certificates.put(
      {
        id: `site-${index}`,
        version: 1,
        type: 'server',
        status: 'enabled',
        certificate,
        key: await readFile(join(folder, `sites/${index}.key`), 'utf8'),
        settings: {
          snis: null,
          client: { ...client, skip_paths: [], pinned_certs: [] },
          min_version: '1.2',
          labels: {},
        },
        facts: factsOf([leaf], [siteName(index)], []),
        createdAt: index,
        updatedAt: index,
      },
      {
        at: index,
        who: 'token',
        address: '',
        action: 'create',
        target: `site-${index}`,
        detail: '',
      },
    );
  }
  admin.close();
}

/** Records so many handshakes, three of four of them refused, by so many clients. */
export function recordHistory(state: string, handshakes: number, clients: number): void {
  const now = Date.now();
  const store = new EventStore(
    openDatabase(join(state, 'events.db'), { steps: EVENT_STEPS, durability: 'normal' }),
    (error) => {
      throw error;
    },
  );
  for (let index = 0; index < handshakes; index++) {
    const at = now - (handshakes - index) * 1000;
    store.follower.take({ at, event: handshake(index, index % clients, at) });
    if (index % 1000 === 999) store.flush();
  }
  store.close();
  const ledger = new ClientLedger(
    openDatabase(join(state, 'clients.db'), { steps: ledgerSteps, durability: 'normal' }),
  );
  ledger.record(
    Array.from({ length: clients }, (_, index) => {
      const { fingerprint, subject, notAfter } = peer(index);
      const finding = index % 4 === 0 ? null : 'expired';
      return {
        listener: LISTENER,
        protocol: 'https',
        fingerprint,
        address: `10.0.${index >> 8}.${index & 255}`,
        subject,
        notAfter,
        user: finding === null ? `user-${index}@example.com` : null,
        mode: 'true' as const,
        decision: finding === null ? ('admit' as const) : ('refuse' as const),
        finding,
        firstSeen: now - DAY_MS,
        lastSeen: now - index * 1000,
        count: 5,
      };
    }),
  );
  ledger.close();
}

const CAUSES = ['expired', 'unknown-issuer', 'missing-intermediate'] as const;

function handshake(index: number, client: number, at: number): HandshakeEvent {
  const code = index % 4 === 0 ? null : (CAUSES[index % 3] ?? 'expired');
  const facts = peer(client);
  const event = {
    event: 'handshake' as const,
    ...openRecord(LISTENER, {
      remoteAddress: `10.0.${client >> 8}.${client & 255}`,
      remotePort: 40_000,
    }),
    id: `h${index}`,
    startedAt: at,
    durationMs: 2.5,
    sni: siteName(client),
    offeredVersions: ['TLSv1.3', 'TLSv1.2'],
    offeredAlpn: ['h2', 'http/1.1'],
    offeredGroups: ['X25519MLKEM768', 'x25519', 'secp256r1'],
    certificate: `sites/${client}.crt`,
    mode: 'true' as const,
    version: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    alpn: 'h2',
    peer: facts,
    presented: { certificates: [facts, issuing], count: 2, fault: code === null ? null : facts },
    verification: code === null ? 'SUCCESS' : `FAILED:${code}`,
    outcome: code === null ? ('admitted' as const) : ('refused' as const),
    cause: code,
    detail: code === null ? null : 'CN=Issuing CA expired',
    user: code === null ? `user-${client}@example.com` : null,
  };
  if (code === null) return event;
  const finding: Finding = {
    code,
    severity: 'error',
    title: 'The certificate has expired',
    detail: `The client certificate ${facts.subject} expired at 2026-01-01T00:00:00Z, 300 days ago by this machine's clock.`,
    remedy: `Renew it: countersign issue client ${facts.subject} --force, or ask the CA that issued it`,
  };
  return { ...event, finding, findingZh: finding };
}

function peer(index: number): PeerFacts {
  return {
    subject: `CN=client-${index},OU=Clients,O=Example,C=DE`,
    issuer: 'CN=Issuing CA,O=Example',
    serialNumber: (1_000_000 + index).toString(16),
    fingerprint: index.toString(16).padStart(64, '0'),
    notBefore: Date.UTC(2026, 0, 1),
    notAfter: Date.UTC(2027, 0, 1) + index * 60_000,
  };
}

const issuing: PeerFacts = {
  ...peer(0),
  subject: 'CN=Issuing CA,O=Example',
  issuer: 'CN=Root',
  fingerprint: 'f'.repeat(64),
};
