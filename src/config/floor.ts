import type { ClientAuthMode } from '../pki/client-auth-mode.ts';
import type { ClientAuthentication } from './client-authentication.ts';
import { patternCovers } from './patterns.ts';

/** One way in which a certificate asks less than the floor. */
export interface Shortfall {
  /** The key that has to change. */
  readonly key:
    | 'verify'
    | 'verify_and_map'
    | 'ca_file'
    | 'depth'
    | 'pinned_certs'
    | 'crl_file'
    | 'crl_stale'
    | 'min_version'
    | 'skip_paths'
    | 'refusal';
  /** Both sides, such as `false here, true there`. */
  readonly difference: string;
}

/**
 * Each way in which `certificate` asks less of a client than `floor`, the default of the listener that
 * it shares routes with: a client chooses its certificate by the server name it sends, so that the
 * weakest one would be the door. A floor in mode `false` asks nothing.
 */
export function shortfalls(
  floor: ClientAuthentication,
  certificate: ClientAuthentication,
): Shortfall[] {
  if (floor.mode === 'false') return [];
  const found: Shortfall[] = [];
  const report = (key: Shortfall['key'], difference: string): void => {
    found.push({ key, difference });
  };
  if (STRICTNESS[certificate.mode] < STRICTNESS[floor.mode]) {
    report('verify', `${certificate.mode} here, ${floor.mode} there`);
  }
  if (floor.mapping && !certificate.mapping) report('verify_and_map', 'false here, true there');
  // Another authority may give out any name, so it is another mapping too, even if it is one of two.
  if (certificate.bundle?.identity !== floor.bundle?.identity && certificate.mode !== 'false') {
    report('ca_file', 'another set of trust anchors than there');
  }
  if (floor.depth !== null && (certificate.depth === null || certificate.depth > floor.depth)) {
    report('depth', `${certificate.depth ?? 'no limit'} here, ${floor.depth} there`);
  }
  const pinned =
    certificate.pins.size > 0 && [...certificate.pins].every((pin) => floor.pins.has(pin));
  if (floor.pins.size > 0 && !pinned)
    report('pinned_certs', 'admits keys that are not pinned there');
  const [lists, floorLists] = [certificate.revocation, floor.revocation];
  if (![...floorLists.paths].every((path) => lists.paths.has(path))) {
    report('crl_file', 'a revocation list of there is lacking');
  }
  if (floorLists.paths.size > 0 && lists.graceMs > floorLists.graceMs) {
    report('crl_stale', 'relies on an out-of-date list for longer than there');
  }
  // Under observe everyone is served on every path already, and every request is parsed.
  if (floor.mode !== 'observe') {
    const opened = certificate.skipPaths.filter(
      (inner) => !floor.skipPaths.some((outer) => patternCovers(outer, inner)),
    );
    if (opened.length > 0) {
      const paths = opened.map(({ kind, path }) => (kind === 'prefix' ? `${path}*` : path));
      report('skip_paths', `${paths.join(', ')} needs a certificate there`);
    }
    if (certificate.refusal === 'http' && floor.refusal === 'close') {
      report('refusal', 'http here, close there');
    }
  }
  if (floor.minVersion === 'TLSv1.3' && certificate.minVersion === 'TLSv1.2') {
    report('min_version', '"1.2" here, "1.3" there');
  }
  return found;
}

const STRICTNESS: Readonly<Record<ClientAuthMode, number>> = {
  false: 0,
  observe: 1,
  optional: 2,
  true: 3,
};
