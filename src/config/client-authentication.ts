import type { PathPattern } from '../frontends/http/options.ts';
import type { ClientAuthMode } from '../pki/client-auth-mode.ts';
import type { TlsVersion } from '../tls/options.ts';
import { parsePathPattern } from './patterns.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import { type ClientRevocationLists, NO_LISTS, readRevocationLists } from './revocation-lists.ts';
import type { CertificateConfig, ListenerTlsConfig } from './schema.ts';
import type { TrustBundle } from './trust-bundle.ts';

/** What one certificate asks of the clients that come to it. */
export interface ClientAuthentication {
  readonly mode: ClientAuthMode;
  readonly mapping: boolean;
  /** null: none is named, which only mode `false` may. */
  readonly bundle: TrustBundle | null;
  readonly depth: number | null;
  readonly pins: ReadonlySet<string>;
  readonly revocation: ClientRevocationLists;
  readonly minVersion: TlsVersion;
  readonly skipPaths: readonly PathPattern[];
  readonly refusal: 'close' | 'http';
}

/** What the whole document says that this depends on. */
export interface AuthenticationDefaults {
  /** The trust bundle of `ca.dir`; null: no authority is attached, or its bundle can't be used. */
  readonly bundle: TrustBundle | null;
  /** Whether an authority is attached. */
  readonly hasAuthority: boolean;
  readonly users: ReadonlySet<string>;
}

/** Reads what a `tls` or a certificate asks of clients. Problems are reported below `at`. */
export function readClientAuthentication(
  config: ListenerTlsConfig | CertificateConfig,
  at: ConfigPath,
  defaults: AuthenticationDefaults,
  context: ResolveContext,
): ClientAuthentication {
  const mapping = config.verify_and_map ?? false;
  const mode = config.verify ?? (mapping ? 'true' : 'false');
  const { report } = context;
  if (mapping && (mode === 'false' || mode === 'optional')) {
    report.error(
      [...at, 'verify'],
      `is ${mode}, but verify_and_map needs true (or observe): leave verify away`,
    );
  }
  if (mapping && defaults.users.size === 0) {
    report.error(
      [...at, 'verify_and_map'],
      'nobody could be admitted: authorization.users names no user',
    );
  }
  if (mode === 'false') warnOfIdleKeys(config, at, context);
  const bundle = readBundle(config, mode, at, defaults, context);
  return {
    mode,
    mapping,
    bundle,
    depth: config.depth ?? null,
    pins: readPins(config.pinned_certs),
    revocation: readRevocation(config, at, context),
    minVersion: config.min_version ?? 'TLSv1.2',
    skipPaths: readSkipPaths(config.skip_paths, at, context),
    refusal: config.refusal ?? 'close',
  };
}

function readBundle(
  config: ListenerTlsConfig | CertificateConfig,
  mode: ClientAuthMode,
  at: ConfigPath,
  defaults: AuthenticationDefaults,
  context: ResolveContext,
): TrustBundle | null {
  const { report } = context;
  if (config.ca_file !== undefined && config.ca !== undefined) {
    report.error([...at, 'ca'], 'stands beside ca_file; give one of the two');
    return null;
  }
  if (config.ca_file !== undefined) return context.bundleFile(config.ca_file, [...at, 'ca_file']);
  if (config.ca !== undefined) return context.bundle(config.ca, [...at, 'ca']);
  if (mode === 'false') return null;
  if (!defaults.hasAuthority) {
    report.error(
      [...at, config.verify === undefined ? 'verify_and_map' : 'verify'],
      `is on, and there is no trust bundle that clients could come from: name it by ca_file, or set ca.dir`,
    );
  }
  return defaults.bundle;
}

function readRevocation(
  config: ListenerTlsConfig | CertificateConfig,
  at: ConfigPath,
  context: ResolveContext,
): ClientRevocationLists {
  const { crl_file: named, crl_stale: graceMs } = config;
  if (named === undefined) {
    if (graceMs !== undefined) {
      context.report.error(
        [...at, 'crl_stale'],
        'there is no revocation list: name it by crl_file',
      );
    }
    return NO_LISTS;
  }
  const names = typeof named === 'string' ? [named] : named;
  return readRevocationLists(names, graceMs ?? 0, [...at, 'crl_file'], context);
}

// Thousands of certificates have neither; one object for all of them is less to hold and to send.
const NO_PINS: ReadonlySet<string> = new Set();
const NO_PATHS: readonly PathPattern[] = [];

function readPins(pins: readonly string[] | undefined): ReadonlySet<string> {
  if (pins === undefined || pins.length === 0) return NO_PINS;
  return new Set(pins.map((pin) => pin.toLowerCase()));
}

function readSkipPaths(
  texts: readonly string[] | undefined,
  at: ConfigPath,
  context: ResolveContext,
): readonly PathPattern[] {
  if (texts === undefined) return NO_PATHS;
  return texts.flatMap((text, index) => {
    const result = parsePathPattern(text);
    if (result.kind === 'pattern') return [result.pattern];
    context.report.error([...at, 'skip_paths', index], result.message);
    return [];
  });
}

const ONLY_WITH_VERIFY = [
  'ca_file',
  'ca',
  'depth',
  'pinned_certs',
  'crl_file',
  'skip_paths',
  'refusal',
] as const;

function warnOfIdleKeys(
  config: ListenerTlsConfig | CertificateConfig,
  at: ConfigPath,
  { report }: ResolveContext,
): void {
  for (const key of ONLY_WITH_VERIFY) {
    if (config[key] !== undefined) {
      report.warning(
        [...at, key],
        'has no effect: verify is false, no client is asked for a certificate',
      );
    }
  }
}
