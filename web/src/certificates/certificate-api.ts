import { type Answer, read, request } from '../api/client.ts';
import type { CertificateSummary, CertificateView, Page } from '../api/types.ts';

const PATH = '/v1/certificates';

/** One page of the list. `query`: what the API takes, such as `q` or `sort`. */
export function listCertificates(
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Page<CertificateSummary>> {
  return read(`${PATH}?${new URLSearchParams(query)}`, signal);
}

export function readCertificateView(
  id: string,
  signal: AbortSignal,
): Promise<Answer<CertificateView>> {
  return request('GET', pathOf(id), { signal });
}

export function addCertificate(body: unknown): Promise<Answer<CertificateView>> {
  return request('POST', PATH, { body });
}

/** `etag`: of the version that was read; another one meanwhile is a problem of status 412. */
export function replaceCertificate(
  id: string,
  body: unknown,
  etag: string | null,
): Promise<Answer<CertificateView>> {
  return request('PUT', pathOf(id), { body, ifMatch: etag });
}

export async function setStatus(
  id: string,
  status: CertificateSummary['status'],
  etag: string | null,
): Promise<void> {
  await request('PATCH', pathOf(id), { body: { status }, ifMatch: etag });
}

/** What is asked of its clients. */
export async function setVerify(id: string, verify: boolean, etag: string | null): Promise<void> {
  await request('PATCH', pathOf(id), { body: { client: { verify } }, ifMatch: etag });
}

export async function deleteCertificate(id: string, etag: string | null): Promise<void> {
  await request('DELETE', pathOf(id), { ifMatch: etag });
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}
