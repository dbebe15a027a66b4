import type { Origin } from '../exchange.ts';
import type { TargetOptions, UpstreamLimits } from '../options.ts';
import { Echo } from './echo.ts';
import { StaticFiles } from './files.ts';
import { ProxyOrigin, type UpstreamClients } from './proxy.ts';
import { FixedResponse } from './respond.ts';

/** What answers at a route. Proxies to one upstream share its connections through `clients`. */
export function originOf(
  target: TargetOptions,
  limits: UpstreamLimits,
  clients: UpstreamClients,
): Origin {
  switch (target.kind) {
    case 'proxy':
      return new ProxyOrigin(target, limits, clients);
    case 'files':
      return new StaticFiles(target);
    case 'echo':
      return new Echo();
    case 'respond':
      return new FixedResponse(target);
  }
}
