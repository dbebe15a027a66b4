import type { ServerTlsOptions } from '../tls/options.ts';
import {
  certificateNames,
  nameCovers,
  warnOfNames,
  warnOfServerCertificate,
} from './certificate-warnings.ts';
import {
  type AuthenticationDefaults,
  type ClientAuthentication,
  readClientAuthentication,
} from './client-authentication.ts';
import { parseServerName } from './patterns.ts';
import { type ConfigPath, printPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { CertificateConfig, ListenerTlsConfig } from './schema.ts';
import {
  type PlainCertificateAndKey,
  readCertificateAndKey,
  readPlainCertificateAndKey,
} from './server-certificate.ts';

/** A certificate that a listener can serve with, and what it asks of clients. */
export interface ResolvedCertificate {
  readonly path: ConfigPath;
  readonly tls: ServerTlsOptions;
  readonly authentication: ClientAuthentication;
}

/** One of `certificates`, with what its place in the document says. */
export interface NamedCertificate extends ResolvedCertificate {
  readonly config: CertificateConfig;
}

/** Resolves `certificates`; those that can't be used are left out and reported. */
export function resolveCertificates(
  configs: readonly CertificateConfig[],
  defaults: AuthenticationDefaults,
  context: ResolveContext,
): NamedCertificate[] {
  const resolved: NamedCertificate[] = [];
  const names = new Set<string>();
  for (const [index, config] of configs.entries()) {
    const path = ['certificates', index];
    const certificate = resolveCertificate(config, path, defaults, context);
    if (certificate === null) continue;
    const { tls } = certificate;
    if (tls.snis.length === 0 && config.snis === undefined) {
      context.report.error(
        path,
        'the certificate names no server: say by snis which names it is for',
      );
    }
    const own = withOwnName(tls, path, names);
    resolved.push({ path, tls: own, authentication: certificate.authentication, config });
  }
  return resolved;
}

/**
 * Resolves a listener's `tls`; null where it can't be used, which is reported. `others` are the
 * certificates that have their names already.
 */
export function resolveDefaultCertificate(
  config: ListenerTlsConfig,
  path: ConfigPath,
  others: readonly NamedCertificate[],
  defaults: AuthenticationDefaults,
  context: ResolveContext,
): ResolvedCertificate | null {
  const certificate = resolveCertificate(config, path, defaults, context);
  if (certificate === null) return null;
  const names = new Set(others.map(({ tls }) => tls.name));
  return { ...certificate, tls: withOwnName(certificate.tls, path, names) };
}

/**
 * Two entries may use one file; records and sites have to tell them apart. `names` are those of others, and
 * have this one's as well afterwards.
 */
function withOwnName(
  tls: ServerTlsOptions,
  path: ConfigPath,
  names: Set<string>,
): ServerTlsOptions {
  const others = names.size;
  if (names.add(tls.name).size > others) return tls;
  const name = `${tls.name} (${printPath(path)})`;
  names.add(name);
  return { ...tls, name };
}

function resolveCertificate(
  config: CertificateConfig | ListenerTlsConfig,
  path: ConfigPath,
  defaults: AuthenticationDefaults,
  context: ResolveContext,
): ResolvedCertificate | null {
  const authentication = readClientAuthentication(config, path, defaults, context);
  const configured = 'snis' in config ? config.snis : undefined;
  const explicit = configured === undefined ? null : readServerNames(configured, path, context);
  const material = readMaterial(config, explicit, path, context);
  if (material === null) return null;
  return {
    path,
    authentication,
    tls: {
      name: config.cert_file ?? printPath(path),
      certPem: material.certPem,
      keyPem: material.keyPem,
      snis: explicit ?? material.names,
      mode: authentication.mode,
      mapping: authentication.mapping,
      caPem: authentication.bundle?.pem ?? NO_ANCHORS,
      depth: authentication.depth,
      pins: authentication.pins,
      minVersion: authentication.minVersion,
      crls: authentication.revocation.files,
      crlGraceMs: authentication.revocation.graceMs,
      ciphers: null,
      admitsUnverified: authentication.mode === 'true' && authentication.skipPaths.length > 0,
      sessions: config.sessions ?? 'stateful',
    },
  };
}

/** One object for all, by which they are seen to be alike. */
const NO_ANCHORS: readonly string[] = [];

/** What is wrong or old-fashioned about certificate and key is reported; null: they can't be used. */
function readMaterial(
  config: CertificateConfig | ListenerTlsConfig,
  snis: readonly string[] | null,
  path: ConfigPath,
  context: ResolveContext,
): PlainCertificateAndKey | null {
  const plain = readPlainCertificateAndKey(config, context);
  if (plain !== null && (snis === null || carriesAll(plain.names, snis))) return plain;
  const material = readCertificateAndKey(config, path, context);
  if (material === null) return null;
  const { chain, leaf, certPem, keyPem } = material;
  const certPath = [...path, config.cert_file === undefined ? 'cert' : 'cert_file'];
  warnOfServerCertificate(chain, certPath, context);
  if (snis !== null) warnOfNames(leaf, snis, [...path, 'snis'], context);
  return { certPem, keyPem, names: namesOf(certificateNames(leaf)) };
}

function carriesAll(names: readonly string[], snis: readonly string[]): boolean {
  return snis.every((sni) => names.some((name) => nameCovers(name, sni)));
}

function readServerNames(
  texts: readonly string[],
  path: ConfigPath,
  { report }: ResolveContext,
): string[] {
  const names = texts.flatMap((text, index) => {
    const result = parseServerName(text);
    if (result.kind === 'pattern') return [result.pattern];
    report.error([...path, 'snis', index], result.message);
    return [];
  });
  return [...new Set(names)];
}

/** The names of a certificate that a client can send; what else stands in a CN is none. */
function namesOf(names: readonly string[]): string[] {
  const valid = names.flatMap((name) => {
    const result = parseServerName(name);
    return result.kind === 'pattern' ? [result.pattern] : [];
  });
  return [...new Set(valid)];
}
