import { z } from 'zod';
import type { JournalSortKey } from '../../ca/journal.ts';
import { PublishedFiles } from '../../ca/published-files.ts';
import { authorityView, issuedSummary, issuedView, PublishedList } from '../authority-views.ts';
import {
  type AuthorityServices,
  type ReadableAuthority,
  withAuthority,
} from './attached-authority.ts';
import {
  authorityView as authoritySchema,
  issuedQuery,
  issuedSummary as issuedSchema,
  issuedView as issuedDetailSchema,
  listQuery,
  relyingConnections,
} from './authority-schemas.ts';
import { issuanceOperations } from './issuance-operations.ts';
import { type Operation, operation } from './operation.ts';
import { pageOf } from './page.ts';
import { type Answer, problem } from './problem.ts';
import { revocationOperation } from './revocation-operation.ts';
import { tokenOperations } from './token-operations.ts';

/** `/v1/ca`: the authority that is attached, and what it issued. */
export function authorityOperations(services: AuthorityServices): Operation[] {
  const published = new Published();
  return [
    operation({
      method: 'get',
      path: '/v1/ca',
      summary: 'The authority, and whether it can sign.',
      answers: { 200: authoritySchema },
      handle: () =>
        withAuthority(services, async (attached) => {
          const list = await published.list(attached);
          return { status: 200, body: authorityView(attached, attached.desk, list, Date.now()) };
        }),
    }),
    operation({
      method: 'get',
      path: '/v1/ca/certificates',
      summary: 'The certificates that the authority issued.',
      query: issuedQuery,
      answers: { 200: pageOf(issuedSchema) },
      handle: ({ query }) =>
        withAuthority(services, ({ desk: { journal } }) => {
          const { q, status, profile, expires_before: before, page, page_size: limit } = query;
          const filter = {
            ...(q === undefined ? {} : { text: q }),
            ...(status === undefined ? {} : { status }),
            ...(profile === undefined ? {} : { profile }),
            ...(before === undefined ? {} : { expiringBefore: Date.parse(before) }),
          };
          const isDown = query.sort.startsWith('-');
          const order = {
            sort: query.sort.replace('-', '') as JournalSortKey,
            direction: isDown ? ('down' as const) : ('up' as const),
            limit,
            offset: (page - 1) * limit,
          };
          const now = Date.now();
          const { entries, total } = journal.page(filter, order, now);
          const items = entries.map((entry) => issuedSummary(entry, now));
          return { status: 200, body: { items, page, page_size: limit, total } };
        }),
    }),
    ...issuanceOperations(services),
    operation({
      method: 'get',
      path: '/v1/ca/certificates/{serial}',
      summary: 'One certificate with its chain. Its private key is in no answer.',
      answers: { 200: issuedDetailSchema },
      handle: ({ params: { serial = '' } }) =>
        withAuthority(services, ({ desk }) => {
          const entry = desk.journal.find(serial);
          if (entry === null) return notIssued();
          return {
            status: 200,
            body: issuedView(entry, desk, services.live.options, Date.now()),
          };
        }),
    }),
    operation({
      method: 'get',
      path: '/v1/ca/certificates/{serial}/connections',
      summary: 'How many live connections a revocation would close.',
      answers: { 200: relyingConnections },
      handle: ({ params: { serial = '' } }) =>
        withAuthority(services, async ({ desk: { issuing, journal } }) => {
          const entry = journal.find(serial);
          if (entry === null) return notIssued();
          const connections = await services.access.countRelyingOn({
            issuer: issuing.spkiPin,
            serialNumber: entry.serialNumber,
          });
          return { status: 200, body: { connections } };
        }),
    }),
    revocationOperation(services, notIssued),
    ...tokenOperations(services),
    operation({
      method: 'get',
      path: '/v1/ca/crl',
      summary: 'The revocation lists as they are published; `format=der` as application/pkix-crl.',
      query: listQuery,
      answers: { 200: z.string() },
      media: 'application/x-pem-file',
      handle: ({ query: { format } }) =>
        withAuthority(services, (attached) => published.download(attached, format)),
    }),
  ];
}

function notIssued(): Answer {
  return problem('not-found', 'the authority issued no certificate with this serial number');
}

const DOWNLOADS = {
  pem: { path: '/ca.crl', name: 'ca.crl' },
  der: { path: '/issuing.crl', name: 'issuing.crl' },
} as const;

/** What lies in the authority's folder for everybody. */
class Published {
  #dir = '';
  #files = new PublishedFiles('');
  readonly #list = new PublishedList();

  list({ dir }: ReadableAuthority): ReturnType<PublishedList['view']> {
    return this.#list.view(this.#filesOf(dir));
  }

  async download({ dir }: ReadableAuthority, format: keyof typeof DOWNLOADS): Promise<Answer> {
    const { path, name } = DOWNLOADS[format];
    const file = await this.#filesOf(dir)
      .find(path)
      .catch(() => null);
    if (file === null) {
      return problem('not-found', 'no revocation list is published: countersign crl makes one');
    }
    return {
      status: 200,
      bytes: new Uint8Array(file.bytes),
      headers: {
        'Content-Type': file.type,
        'Content-Disposition': `attachment; filename="${name}"`,
      },
    };
  }

  #filesOf(dir: string): PublishedFiles {
    if (dir !== this.#dir) {
      this.#dir = dir;
      this.#files = new PublishedFiles(dir);
    }
    return this.#files;
  }
}
