import { upstreamsOf } from '../config/listener-upstreams.ts';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import { printNameForHeader } from '../pki/name.ts';
import { decodeCertificates, PemError } from '../pki/pem.ts';
import type { GatewayOptions } from './options.ts';

export interface ConfiguredCertificate {
  /** As configured: its file, or its place. */
  readonly certificate: string;
  /** `client`: what we show to an upstream. */
  readonly role: 'server' | 'client' | 'trust-anchor';
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Each configured certificate of ours and each trust anchor for clients, once. Those that can't be read are left out. */
export function* configuredCertificates(options: GatewayOptions): Generator<ConfiguredCertificate> {
  const known = new Set<string>();
  for (const listener of options.listeners) {
    const { tls } = listener;
    for (const { name, tls: own } of upstreamsOf(listener)) {
      const pem = own?.certPem ?? null;
      if (pem === null || known.has(pem)) continue;
      known.add(pem);
      yield* facts(`upstream ${name}`, 'client', pem, 1);
    }
    for (const server of tls.fallback === null
      ? tls.certificates
      : [tls.fallback, ...tls.certificates]) {
      if (!known.has(server.certPem)) {
        known.add(server.certPem);
        yield* facts(server.name, 'server', server.certPem, 1);
      }
      for (const pem of server.caPem) {
        if (known.has(pem)) continue;
        known.add(pem);
        yield* facts(`trust anchor of ${server.name}`, 'trust-anchor', pem, Infinity);
      }
    }
  }
}

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;

export function daysLeft(notAfter: number, now: number): number {
  return Math.floor((notAfter - now) / DAY_MS);
}

/** Whether it is time to renew it: less than a third of its life is left, and less than thirty days. */
export function expiresSoon({ notBefore, notAfter }: ConfiguredCertificate, now: number): boolean {
  const left = notAfter - now;
  return left < (notAfter - notBefore) / 3 && left < SOON_DAYS * DAY_MS;
}

function* facts(
  certificate: string,
  role: ConfiguredCertificate['role'],
  pem: string,
  most: number,
): Generator<ConfiguredCertificate> {
  for (const one of read(pem, most)) {
    const { notBefore, notAfter } = one;
    yield { certificate, role, subject: printNameForHeader(one.subject), notBefore, notAfter };
  }
}

function read(pem: string, most: number): Certificate[] {
  try {
    return decodeCertificates(pem).slice(0, most).map(parseCertificate);
  } catch (error) {
    if (error instanceof PemError || error instanceof CertificateError) return [];
    throw error;
  }
}
