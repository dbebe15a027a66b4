import type { CertificateStore } from '../certificate-store.ts';
import type { EventStore } from '../event-store.ts';
import type { ObservedGateway } from '../running-gateway.ts';
import { handshakeDetail, handshakeLine } from './handshake-views.ts';
import {
  auditQuery,
  auditView,
  clientQuery,
  clientView,
  handshakeQuery,
  handshakeSummary,
  handshakeView,
  handshakeViewQuery,
  readinessQuery,
  readinessView,
  statusView,
} from './observation-schemas.ts';
import { type Operation, operation } from './operation.ts';
import { pageOf } from './page.ts';
import { problem } from './problem.ts';
import { snakeCased } from './snake-case.ts';

export interface ObservationServices {
  readonly observed: ObservedGateway;
  readonly events: EventStore;
  readonly certificates: CertificateStore;
}

/** What is seen: status, clients, handshakes, and who changed what. */
export function observationOperations({
  observed,
  events,
  certificates,
}: ObservationServices): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/v1/status',
      summary: 'How the gateway does.',
      answers: { 200: statusView },
      handle: () => ({ status: 200, body: snakeCased(observed.status()) }),
    }),
    operation({
      method: 'get',
      path: '/v1/readiness',
      summary: 'Whether `verify: observe` can be enforced, and who would be turned away.',
      query: readinessQuery,
      answers: { 200: readinessView },
      handle: ({ query }) => {
        return { status: 200, body: snakeCased(observed.readiness(query.window * 1000)) };
      },
    }),
    operation({
      method: 'get',
      path: '/v1/clients',
      summary: 'Every client that was seen, the last first.',
      query: clientQuery,
      answers: { 200: pageOf(clientView) },
      handle: ({ query: { q: text, page, page_size: limit, ...equal } }) => {
        const { items, total } = observed.clients({
          ...equal,
          text,
          limit,
          offset: (page - 1) * limit,
        });
        return { status: 200, body: { items: snakeCased(items), page, page_size: limit, total } };
      },
    }),
    operation({
      method: 'get',
      path: '/v1/handshakes',
      summary: 'The latest handshakes, the last first.',
      query: handshakeQuery,
      answers: { 200: pageOf(handshakeSummary) },
      handle: ({ query: { page, page_size: limit, from, to, ...equal } }) => {
        const { events: found, total } = events.handshakes({
          ...equal,
          from: from === undefined ? undefined : Date.parse(from),
          to: to === undefined ? undefined : Date.parse(to),
          limit,
          offset: (page - 1) * limit,
        });
        const items = found.flatMap((event) => handshakeLine(event) ?? []);
        return { status: 200, body: { items, page, page_size: limit, total } };
      },
    }),
    operation({
      method: 'get',
      path: '/v1/handshakes/{id}',
      summary: 'One handshake with its findings, and what was refused on its connection.',
      query: handshakeViewQuery,
      answers: { 200: handshakeView },
      handle: ({ params, query, language: accepted }) => {
        const language = query.language ?? accepted;
        const body = handshakeDetail(events.ofHandshake(params['id'] ?? ''), language);
        const headers = { 'Content-Language': language };
        if (body !== null) return { status: 200, body, headers };
        return problem('not-found', 'there is no handshake of this id, or none any more');
      },
    }),
    operation({
      method: 'get',
      path: '/v1/audit',
      summary: 'Who changed what, the last first.',
      query: auditQuery,
      answers: { 200: pageOf(auditView) },
      handle: ({ query: { page, page_size: limit } }) => {
        const { entries, total } = certificates.audit(limit, (page - 1) * limit);
        const items = entries.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() }));
        return { status: 200, body: { items, page, page_size: limit, total } };
      },
    }),
  ];
}
