import type { AdminOptions, ListenerOptions } from '../gateway/options.ts';
import { addressesConflict, isLoopback, parseListenAddress } from './listen-address.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { Config } from './schema.ts';

const LISTEN = ['admin', 'listen'];

/** Resolves the admin listener; null where there is none, or where it can't be used, which is reported. */
export function resolveAdmin(
  config: Config['admin'],
  listeners: readonly ListenerOptions[],
  { report, files }: ResolveContext,
): AdminOptions | null {
  if (config === undefined) return null;
  const result = parseListenAddress(config.listen, (path) => files.absolute(path));
  if (result.kind === 'invalid') {
    report.error(LISTEN, result.message);
    return null;
  }
  const { address } = result;
  if (address.kind === 'tcp' && !isLoopback(address.host)) {
    report.error(
      LISTEN,
      'without mutual TLS the admin listener is for this machine alone: give a loopback address such as 127.0.0.1:9180, or unix:PATH',
    );
  }
  const taken = listeners.find((listener) => addressesConflict(listener.address, address));
  if (taken !== undefined)
    report.error(LISTEN, `the address is taken by a listener (${taken.name})`);
  return { address };
}
