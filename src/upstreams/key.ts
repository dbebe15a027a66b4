import { createHash } from 'node:crypto';
import type { UpstreamOptions, UpstreamTlsOptions } from './options.ts';

/**
 * Equal for two options that may share connections and sessions: same address, same timeouts and the
 * same whole TLS configuration. A digest, since the options hold a private key.
 */
export function upstreamKey(options: UpstreamOptions): string {
  const { address, tls } = options;
  const parts: unknown[] = [
    address.kind === 'tcp' ? [address.host, address.port] : [address.path],
    options.connectTimeoutMs,
    options.idleTimeoutMs,
    options.maxIdle,
    tls === null ? null : tlsParts(tls),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

function tlsParts(tls: UpstreamTlsOptions): unknown[] {
  const { caPem, certPem, keyPem, serverName, alpn, allowPeers, pins } = tls;
  return [caPem, certPem, keyPem, serverName, alpn, allowPeers, [...pins].toSorted()];
}
