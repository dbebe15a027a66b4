import type { ListenerOptions } from '../gateway/options.ts';
import type { UpstreamAddress, UpstreamOptions } from '../upstreams/options.ts';
import type { ResolvedCertificate } from './certificates.ts';
import { isLoopback } from './listen-address.ts';
import { upstreamsOf } from './listener-upstreams.ts';
import { parseServerName } from './patterns.ts';
import { type ConfigPath, printPath } from './problem.ts';
import type { Report } from './report.ts';
import type { ListenerConfig } from './schema.ts';
import type { Upstreams } from './upstreams.ts';

/** What streams are resolved with. */
export interface StreamContext {
  readonly report: Report;
  readonly upstreams: Upstreams;
}

type Config = NonNullable<ListenerConfig['passthrough']>;

/**
 * Reads `passthrough`: where connections go by their server name. A name that a certificate of the
 * listener answers to is an error: which of both it is would be a matter of chance.
 */
export function resolvePassthrough(
  config: Config,
  at: ConfigPath,
  certificates: readonly ResolvedCertificate[],
  { report, upstreams }: StreamContext,
): ReadonlyMap<string, UpstreamOptions> {
  const taken = new Map(
    certificates.flatMap(({ path, tls }) => tls.snis.map((name) => [name, path] as const)),
  );
  const passthrough = new Map<string, UpstreamOptions>();
  for (const [index, { snis, upstream: reference }] of config.entries()) {
    const path = [...at, 'passthrough', index];
    const upstream = upstreams.findStream(reference, [...path, 'upstream']);
    if (upstream?.tls != null) {
      report.error([...path, 'upstream'], 'must be tcp: or unix:, the TLS is that of the client');
    }
    for (const [position, text] of snis.entries()) {
      const where = [...path, 'snis', position];
      const result = parseServerName(text);
      if (result.kind === 'invalid') {
        report.error(where, result.message);
        continue;
      }
      const name = result.pattern;
      const owner = taken.get(name);
      if (owner !== undefined) report.error(where, `${name} is ${printPath(owner)}'s already`);
      taken.set(name, path);
      if (upstream !== null) passthrough.set(name, upstream);
    }
  }
  return passthrough;
}

/**
 * Reports where connections are handed on to an address that a listener sends verified clients to: whoever
 * chooses such a server name would get there without a certificate.
 */
export function refusePassingAround(
  listeners: ReadonlyMap<ListenerOptions, ConfigPath>,
  { report }: StreamContext,
): void {
  const guarded = new Map<string, string>();
  for (const listener of listeners.keys()) {
    if (!verifies(listener)) continue;
    for (const { address } of upstreamsOf(listener)) guarded.set(keyOf(address), listener.name);
  }
  for (const [listener, path] of listeners) {
    if (listener.protocol !== 'tls') continue;
    for (const [name, { address }] of listener.stream.passthrough) {
      const guard = guarded.get(keyOf(address));
      if (guard === undefined) continue;
      report.error(
        [...path, 'passthrough'],
        `${name} goes where listener ${guard} sends the clients that it verifies: by that name anybody would get there`,
      );
    }
  }
}

function verifies({ tls: { fallback, certificates } }: ListenerOptions): boolean {
  const all = fallback === null ? certificates : [fallback, ...certificates];
  return all.some(({ mode }) => mode !== 'false');
}

/** Equal for addresses that are one, as far as names tell. */
function keyOf(address: UpstreamAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return `${isLoopback(address.host) ? 'localhost' : address.host}:${address.port}`;
}
