import { z } from 'zod';
import type { CertificateSummary } from './certificate-schemas.ts';
import { pageQuery } from './page.ts';

const SORT_KEYS = [
  'id',
  'sni',
  'subject',
  'issuer',
  'type',
  'status',
  'source',
  'not_before',
  'not_after',
  'created_at',
  'updated_at',
] as const;

type SortKey = (typeof SORT_KEYS)[number];

const text = z.string().max(256).optional();

/** The query of GET /v1/certificates; what is given must all hold. */
export const certificateListQuery = z.strictObject({
  q: text.describe('Text in the id, an SNI, subject, issuer, serial, fingerprint or label.'),
  sni: text.describe('A server name that the certificate answers to, by wildcard as well.'),
  type: z.enum(['server', 'client']).optional(),
  status: z.enum(['enabled', 'disabled']).optional(),
  source: z.enum(['file', 'api']).optional(),
  label: text.describe('`name`, or `name:value`.'),
  verify: z
    .enum(['on', 'off', 'observe'])
    .optional()
    .describe('Whether clients are asked for a certificate; `observe`: and merely observed.'),
  expires_before: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Only certificates whose not_after is earlier.'),
  sort: z
    .enum([...SORT_KEYS, ...SORT_KEYS.map((key) => `-${key}` as const)])
    .optional()
    .describe('Upwards, or with `-` downwards. Default: as in the file, then as they were made.'),
  ...pageQuery,
});

type ListQuery = z.output<typeof certificateListQuery>;

/** A certificate of the list, of which no more is read than is asked for: there may be ten thousand. */
export interface ListedCertificate
  extends Pick<CertificateSummary, 'id' | 'type' | 'status' | 'source' | 'labels'> {
  readonly snis: readonly string[];
  /** What is asked of clients; false: nothing. */
  readonly verify: 'observe' | 'optional' | boolean;
  /** Everything; takes reading the certificate, where that was not done before. */
  readonly summary: CertificateSummary;
  /** Its `searchedText`. */
  readonly searched: string;
}

/** Those that the query is about, in its order. */
export function selectCertificates(
  all: readonly ListedCertificate[],
  query: ListQuery,
): readonly ListedCertificate[] {
  const found = all.filter((certificate) => isMeant(certificate, query));
  if (query.sort === undefined) return found;
  const isDown = query.sort.startsWith('-');
  const key = (isDown ? query.sort.slice(1) : query.sort) as SortKey;
  const keyed = found.map((certificate) => [sortText(certificate, key), certificate] as const);
  const sorted = keyed.toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  return (isDown ? sorted.toReversed() : sorted).map(([, certificate]) => certificate);
}

function isMeant(certificate: ListedCertificate, query: ListQuery): boolean {
  const { type, status, source, sni, label, verify, expires_before: before, q } = query;
  if (type !== undefined && certificate.type !== type) return false;
  if (status !== undefined && certificate.status !== status) return false;
  if (source !== undefined && certificate.source !== source) return false;
  if (verify !== undefined && !isAsking(certificate, verify)) return false;
  if (sni !== undefined && !certificate.snis.some((name) => covers(name, sni.toLowerCase()))) {
    return false;
  }
  if (label !== undefined && !hasLabel(certificate.labels, label)) return false;
  if (before !== undefined && Date.parse(certificate.summary.not_after) >= Date.parse(before)) {
    return false;
  }
  return q === undefined || certificate.searched.includes(q.toLowerCase());
}

function isAsking({ verify }: ListedCertificate, wanted: 'on' | 'off' | 'observe'): boolean {
  return wanted === 'observe' ? verify === 'observe' : (verify !== false) === (wanted === 'on');
}

function covers(name: string, sni: string): boolean {
  return name === sni || (name.startsWith('*.') && sni.slice(sni.indexOf('.')) === name.slice(1));
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const colon = wanted.indexOf(':');
  if (colon === -1) return Object.hasOwn(labels, wanted);
  const name = wanted.slice(0, colon);
  return Object.hasOwn(labels, name) && labels[name] === wanted.slice(colon + 1);
}

/** What `q` is looked for in. */
export function searchedText(certificate: CertificateSummary): string {
  const { id, subject, issuer, serial, fingerprint, snis, labels } = certificate;
  const texts = [id, subject, issuer, serial, fingerprint, ...snis, ...Object.values(labels)];
  return texts.join('\n').toLowerCase();
}

function sortText(certificate: ListedCertificate, key: SortKey): string {
  switch (key) {
    case 'sni':
      return certificate.snis[0] ?? '';
    case 'id':
    case 'type':
    case 'status':
    case 'source':
      return certificate[key];
    default:
      return certificate.summary[key] ?? '';
  }
}
