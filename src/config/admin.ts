import type { AdminOptions, AdminTlsOptions, ListenerOptions } from '../gateway/options.ts';
import { resolveDefaultCertificate } from './certificates.ts';
import type { AuthenticationDefaults } from './client-authentication.ts';
import { addressesConflict, isLoopback, parseListenAddress } from './listen-address.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { Config } from './schema.ts';

const LISTEN = ['admin', 'listen'];
const HANDSHAKE_TIMEOUT_MS = 10_000;
const MAX_IN_FLIGHT = 256;

/** Resolves the admin listener; null where there is none, or where it can't be used, which is reported. */
export function resolveAdmin(
  config: Config,
  listeners: readonly ListenerOptions[],
  defaults: AuthenticationDefaults,
  context: ResolveContext,
): AdminOptions | null {
  const { admin } = config;
  const { report, files } = context;
  if (admin === undefined) return null;
  const result = parseListenAddress(admin.listen, (path) => files.absolute(path));
  if (result.kind === 'invalid') {
    report.error(LISTEN, result.message);
    return null;
  }
  const { address } = result;
  const tls = admin.tls === undefined ? null : resolveTls(config, admin.tls, defaults, context);
  const isMutual = tls?.listener.fallback?.mode === 'true';
  // What is wrong with the tls was reported.
  const isUnclear = admin.tls !== undefined && tls === null;
  if (address.kind === 'tcp' && !isLoopback(address.host) && !isMutual && !isUnclear) {
    report.error(
      LISTEN,
      'without mutual TLS the admin listener is for this machine alone: give a loopback address such as 127.0.0.1:9180, or unix:PATH, or tls with verify: true',
    );
  }
  const taken = listeners.find((listener) => addressesConflict(listener.address, address));
  if (taken !== undefined)
    report.error(LISTEN, `the address is taken by a listener (${taken.name})`);
  return { address, tls };
}

function resolveTls(
  config: Config,
  tls: NonNullable<NonNullable<Config['admin']>['tls']>,
  defaults: AuthenticationDefaults,
  context: ResolveContext,
): AdminTlsOptions | null {
  const path = ['admin', 'tls'];
  const certificate = resolveDefaultCertificate(tls, path, [], defaults, context);
  const users = config.authorization?.users ?? [];
  const administrators = users.filter(({ admin }) => admin === true).map(({ user }) => user);
  if (certificate === null) return null;
  if (certificate.tls.mode !== 'false' && administrators.length === 0) {
    context.report.warning(
      [...path, 'verify'],
      'no user is an administrator (admin: true): a client certificate alone lets nobody in',
    );
  }
  return {
    listener: {
      name: 'admin',
      fallback: { ...certificate.tls, sessions: 'off' },
      certificates: [],
      alpn: ['http/1.1'],
      timeoutMs: HANDSHAKE_TIMEOUT_MS,
      maxInFlight: MAX_IN_FLIGHT,
      answersPlainHttp: true,
    },
    identity: { dn: config.identity?.dn ?? 'exact' },
    users: users.map(({ user }) => user),
    administrators,
  };
}
