import type { ChangeOutcome, CertificateRegistry } from '../certificate-registry.ts';
import type { StoredCertificate } from '../certificate-store.ts';
import type { CertificateViews } from '../certificate-views.ts';
import type { LiveSnapshot } from '../running-gateway.ts';
import { certificateCreation, certificateId, certificateView } from './certificate-schemas.ts';
import { type Operation, operation } from './operation.ts';
import { type Answer, invalid, problem } from './problem.ts';

/** What the operations work on. */
export interface CertificateServices {
  readonly live: LiveSnapshot;
  readonly registry: CertificateRegistry;
  readonly views: CertificateViews;
}

/** `/v1/certificates`. */
export function certificateOperations(services: CertificateServices): Operation[] {
  const { registry } = services;
  return [
    operation({
      method: 'post',
      path: '/v1/certificates',
      summary: 'Add a certificate; it is served when this is answered.',
      body: certificateCreation,
      answers: { 201: certificateView },
      handle: async ({ body, caller }) =>
        answerTo(await registry.create(body, caller), 201, services, ''),
    }),
    operation({
      method: 'get',
      path: '/v1/certificates/{id}',
      summary: 'One certificate with its chain.',
      answers: { 200: certificateView },
      handle: ({ params }) => show(params['id'] ?? '', services),
    }),
  ];
}

function show(id: string, { views, live }: CertificateServices): Answer {
  const view = live.options === null ? null : views.find(id, live.options);
  return view === null ? notFound(id) : { status: 200, body: view };
}

function answerTo(
  outcome: ChangeOutcome,
  status: number,
  { views, live }: CertificateServices,
  id: string,
): Answer {
  switch (outcome.kind) {
    case 'done': {
      const { certificate } = outcome;
      const view = live.options === null ? null : views.find(certificate.id, live.options);
      const headers = {
        ETag: entityTag(certificate),
        ...(status === 201 ? { Location: `/v1/certificates/${certificate.id}` } : {}),
      };
      return { status, body: view, headers };
    }
    case 'deleted':
      return { status: 204 };
    case 'invalid':
      return invalid(outcome.errors);
    case 'conflict':
      return problem('conflict', outcome.detail, outcome.errors);
    case 'stale':
      return problem('stale', 'the certificate was changed meanwhile: read it again');
    case 'not-found':
      return notFound(id);
  }
}

function notFound(id: string): Answer {
  const shown = certificateId.safeParse(id).success ? id : 'this id';
  return problem('not-found', `there is no certificate ${shown}`);
}

function entityTag({ version }: StoredCertificate): string {
  return `"${version}"`;
}
