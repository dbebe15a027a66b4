import type { z } from 'zod';
import type { HandshakeEvent } from '../../observability/event.ts';
import type { Language } from '../../diagnostics/finding.ts';
import type { PeerFacts } from '../../tls/handshake-record.ts';
import type { NumberedEvent } from '../event-store.ts';
import type { handshakeSummary, HandshakeView } from './observation-schemas.ts';

type HandshakeSummary = z.output<typeof handshakeSummary>;

/** null: the event is about something else. */
export function handshakeLine({ id, event }: NumberedEvent): HandshakeSummary | null {
  return event.event === 'handshake' ? summaryOf(id, event) : null;
}

/** A handshake with what came of its connection; null: none of the events is its handshake. */
export function handshakeDetail(
  events: readonly NumberedEvent[],
  language: Language,
): HandshakeView | null {
  for (const { id, event } of events) {
    if (event.event !== 'handshake') continue;
    const requests = events.flatMap(({ at, event: other }) => {
      if (other.event !== 'request-refused') return [];
      const { method, path, user, cause, detail } = other;
      const finding = (language === 'zh' ? other.findingZh : null) ?? other.finding;
      return [{ at: time(at), method, path, user, cause, detail, finding }];
    });
    const own = (language === 'zh' ? event.findingZh : null) ?? event.finding ?? [];
    const others = requests.flatMap(({ finding }) => finding ?? []);
    const findings = [own, others]
      .flat()
      .filter(
        (finding, index, all) => all.findIndex(({ code }) => code === finding.code) === index,
      );
    return { ...summaryOf(id, event), ...chainOf(event), findings, requests };
  }
  return null;
}

/** An event of an older version has no chain. */
function chainOf(event: HandshakeEvent): Pick<HandshakeView, 'chain' | 'chain_length' | 'fault'> {
  const { presented, peer, cause, verification } = event;
  const chain = presented?.certificates ?? (peer === null ? [] : [peer]);
  const fault = verification === `FAILED:${cause}` ? presented?.fault : null;
  // The leaf is what a user is told by.
  const blamed = cause === 'no-user-matches' ? peer : fault;
  return {
    chain: chain.map(certificateView),
    chain_length: presented?.count ?? chain.length,
    fault: blamed == null ? null : certificateView(blamed),
  };
}

function summaryOf(eventId: number, event: HandshakeEvent): HandshakeSummary {
  const { peer, cause } = event;
  return {
    event_id: eventId,
    id: event.id,
    listener: event.listener,
    started_at: time(event.startedAt),
    duration_ms: event.durationMs,
    remote_address: event.remoteAddress,
    remote_port: event.remotePort,
    sni: event.sni,
    offered_versions: [...event.offeredVersions],
    offered_alpn: [...event.offeredAlpn],
    offered_groups: [...event.offeredGroups],
    offered_ciphers: [...event.offeredCiphers],
    certificate: event.certificate,
    mode: event.mode,
    version: event.version,
    cipher: event.cipher,
    alpn: event.alpn,
    resumed: event.resumed,
    peer: peer === null ? null : certificateView(peer),
    verification: event.verification,
    outcome: event.outcome === 'admitted' && cause !== null ? 'observed' : event.outcome,
    cause,
    detail: event.detail,
    user: event.user,
  };
}

function certificateView(facts: PeerFacts): NonNullable<HandshakeSummary['peer']> {
  return {
    subject: facts.subject,
    issuer: facts.issuer,
    serial_number: facts.serialNumber,
    fingerprint: facts.fingerprint,
    not_before: time(facts.notBefore),
    not_after: time(facts.notAfter),
  };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
