import type { NamedCertificate } from './certificates.ts';
import type { ConfigPath } from './problem.ts';
import type { Report } from './report.ts';
import type { LimitsConfig, ListenerConfig } from './schema.ts';

/** Reports the keys of a listener, and of the certificates for it, that mean nothing in its protocol. */
export function refuseForeignKeys(
  protocol: NonNullable<ListenerConfig['protocol']>,
  config: ListenerConfig,
  at: ConfigPath,
  certificates: readonly NamedCertificate[],
  report: Report,
): void {
  const refuse = (of: string, ...path: ConfigPath): void =>
    report.error(path, `is for ${of} listeners, and has no meaning with protocol: ${protocol}`);
  if (protocol !== 'nats') {
    if (config.tls?.handshake_first !== undefined) refuse('nats', ...at, 'tls', 'handshake_first');
    if (config.limits?.control_line !== undefined) refuse('nats', ...at, 'limits', 'control_line');
  }
  if (protocol !== 'mqtt') {
    if (config.client_id !== undefined) refuse('mqtt', ...at, 'client_id');
    for (const key of ['packet_size', 'control_packet', 'connect_timeout'] as const) {
      if (config.limits?.[key] !== undefined) refuse('mqtt', ...at, 'limits', key);
    }
  }
  const isStream = protocol === 'tls' || protocol === 'tcp';
  if (!isStream && config.proxy_protocol !== undefined) {
    refuse('tls', ...at, 'proxy_protocol');
  }
  if (protocol !== 'tls' && config.passthrough !== undefined) refuse('tls', ...at, 'passthrough');
  if (protocol === 'http' || protocol === 'tcp') {
    if (config.limits?.handshakes !== undefined) refuse('https', ...at, 'limits', 'handshakes');
  } else if (config.exposed !== undefined) refuse('http', ...at, 'exposed');
  if (protocol === 'https' || protocol === 'http') return;
  for (const key of [
    'routes',
    'try_files',
    'index',
    'forward',
    'upstream_host',
    'headers',
  ] as const) {
    if (config[key] !== undefined) refuse('https', ...at, key);
  }
  for (const key of ['skip_paths', 'refusal'] as const) {
    if (config.tls?.[key] !== undefined) refuse('https', ...at, 'tls', key);
  }
  for (const key of HTTP_LIMITS) {
    const isMeant = isStream && (key === 'idle' || key === 'lifetime');
    if (config.limits?.[key] !== undefined && !isMeant) refuse('https', ...at, 'limits', key);
  }
  for (const { config: certificate, path } of certificates) {
    if (certificate.listener === undefined) continue;
    for (const key of ['routes', 'skip_paths', 'refusal'] as const) {
      if (certificate[key] !== undefined) refuse('https', ...path, key);
    }
  }
}

const HTTP_LIMITS = [
  'requests',
  'streams',
  'idle',
  'lifetime',
  'head_timeout',
  'stall_timeout',
  'response_timeout',
  'head_size',
  'fields',
] as const satisfies readonly (keyof LimitsConfig)[];
