import type { DecidedHandshake } from '../frontend.ts';
import type { SiteOptions } from './options.ts';

export interface SiteChoices {
  /** Serves connections whose certificate has no site of its own. */
  readonly site: SiteOptions;
  /** By certificate name. */
  readonly sites: ReadonlyMap<string, SiteOptions>;
}

/** The site that serves a connection. */
export function siteFor({ site, sites }: SiteChoices, connection: DecidedHandshake): SiteOptions {
  return sites.get(connection.context.options.name) ?? site;
}

/** Whether clients refused at the handshake are served on a site, if only with the refusal. */
export function servesRefused({ refusal, skipPaths }: SiteOptions): boolean {
  return refusal === 'http' || skipPaths.length > 0;
}
