import { z } from 'zod';
import { type ApisixSsl, apisixSsl } from '../../config/adapters/apisix/syntax.ts';
import type { ChangeOutcome, CertificateRegistry } from '../certificate-registry.ts';
import type { CertificateViews } from '../certificate-views.ts';
import type { LiveSnapshot } from '../running-gateway.ts';
import { certificateListQuery, selectCertificates } from './certificate-list.ts';
import {
  certificateCreation,
  type CertificateCreation,
  certificateFormatQuery,
  certificateId,
  certificatePatch,
  certificateReplacement,
  certificateSummary,
  certificateView,
} from './certificate-schemas.ts';
import { inTermsOfApisix, wishFromApisix } from './apisix-certificate.ts';
import { type Caller, type Operation, operation } from './operation.ts';
import { cutPage, pageOf } from './page.ts';
import { type Answer, invalid, problem, starting } from './problem.ts';

/** What the operations work on. */
export interface CertificateServices {
  readonly live: LiveSnapshot;
  readonly registry: CertificateRegistry;
  readonly views: CertificateViews;
}

/** `/v1/certificates`. */
export function certificateOperations(services: CertificateServices): Operation[] {
  const { registry, views, live } = services;
  return [
    operation({
      method: 'get',
      path: '/v1/certificates',
      summary: 'The certificates, of the file and made by API.',
      query: certificateListQuery,
      answers: { 200: pageOf(certificateSummary) },
      handle: ({ query }) => {
        if (live.options === null) return starting();
        const page = cutPage(selectCertificates(views.list(live.options), query), query);
        const items = page.items.map(({ summary }) => summary);
        return { status: 200, body: { ...page, items } };
      },
    }),
    operation({
      method: 'post',
      path: '/v1/certificates',
      summary: 'Add a certificate; it is served when this is answered.',
      query: certificateFormatQuery,
      body: z.union([certificateCreation, apisixSsl]),
      bodyFor: ({ format }) => (format === 'apisix' ? apisixSsl : certificateCreation),
      answers: { 201: certificateView },
      handle: async ({ query: { format }, body, caller }) => {
        if (format === 'apisix') return createFromApisix(body as ApisixSsl, caller, services);
        const outcome = await registry.create(body as CertificateCreation, caller);
        return answerTo(outcome, 201, services, '');
      },
    }),
    operation({
      method: 'get',
      path: '/v1/certificates/{id}',
      summary: 'One certificate with its chain.',
      answers: { 200: certificateView },
      handle: ({ params }) => show(params['id'] ?? '', services),
    }),
    operation({
      method: 'put',
      path: '/v1/certificates/{id}',
      summary: 'Replace a certificate as a whole.',
      body: certificateReplacement,
      answers: { 200: certificateView },
      handle: async ({ params: { id = '' }, body, ifMatch, caller }) =>
        refuseFile(id, services) ??
        answerTo(await registry.replace(id, body, isCurrent(ifMatch), caller), 200, services, id),
    }),
    operation({
      method: 'patch',
      path: '/v1/certificates/{id}',
      summary: 'Change some of a certificate.',
      body: certificatePatch,
      answers: { 200: certificateView },
      handle: async ({ params: { id = '' }, body, ifMatch, caller }) =>
        refuseFile(id, services) ??
        answerTo(await registry.patch(id, body, isCurrent(ifMatch), caller), 200, services, id),
    }),
    operation({
      method: 'delete',
      path: '/v1/certificates/{id}',
      summary: 'Remove a certificate; it is served no more when this is answered.',
      answers: { 204: null },
      handle: async ({ params: { id = '' }, ifMatch, caller }) =>
        refuseFile(id, services) ??
        answerTo(await registry.delete(id, isCurrent(ifMatch), caller), 204, services, id),
    }),
  ];
}

/** What a file defines is changed there. */
function refuseFile(id: string, { views, live }: CertificateServices): Answer | null {
  const file = live.options === null ? null : views.fileOf(id, live.options);
  if (file === null) return null;
  return problem(
    'read-only',
    `the configuration defines this certificate (${file}): change it there`,
  );
}

/** Whether a version is one of those that `If-Match` names (RFC 9110, section 13.1.1); any, where there is none. */
function isCurrent(ifMatch: string | null): (version: number) => boolean {
  if (ifMatch === null || ifMatch.trim() === '*') return () => true;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  return (version) => tags.includes(tagOf(version));
}

/** The same for an `ssl` object of APISIX; errors name its fields. */
async function createFromApisix(
  object: ApisixSsl,
  caller: Caller,
  services: CertificateServices,
): Promise<Answer> {
  const wish = wishFromApisix(object);
  if ('errors' in wish) return invalid(wish.errors);
  const outcome = await services.registry.create(wish.value, caller, wish.notes);
  if (outcome.kind !== 'invalid' && outcome.kind !== 'conflict') {
    return answerTo(outcome, 201, services, '');
  }
  const errors = outcome.errors.map(inTermsOfApisix);
  return answerTo({ ...outcome, errors }, 201, services, '');
}

function show(id: string, { views, live }: CertificateServices): Answer {
  if (live.options === null) return starting();
  const view = views.find(id, live.options);
  if (view === null) return notFound(id);
  const version = views.versionOf(id);
  return { status: 200, body: view, headers: version === null ? {} : { ETag: tagOf(version) } };
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
        ETag: tagOf(certificate.version),
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

function tagOf(version: number): string {
  return `"${version}"`;
}
