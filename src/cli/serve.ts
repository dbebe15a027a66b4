import type { AdminState } from '../admin/admin-state.ts';
import { AuthorityError } from '../ca/authority-error.ts';
import type { Configuration } from '../config/configuration.ts';
import { formatProblem } from '../config/problem.ts';
import { AdministeredGateway } from '../gateway/administered-gateway.ts';
import { AuthorityService, type Unlock } from '../gateway/authority-service.ts';
import { AuthorityWatch } from '../gateway/authority-watch.ts';
import { BindError } from '../gateway/bind.ts';
import type { Applied } from '../gateway/gateway.ts';
import { ListService } from '../gateway/list-service.ts';
import { Observation } from '../gateway/observation.ts';
import type { GatewayOptions } from '../gateway/options.ts';
import { LiveConfiguration } from '../gateway/live-configuration.ts';
import { Reloader } from '../gateway/reload.ts';
import { countWorkers, SpareWorkers } from '../gateway/spare-workers.ts';
import { keepHeapSmall } from '../gateway/small-heap.ts';
import { StandardErrorLog } from '../observability/standard-error-log.ts';
import { StateError } from '../store/state-error.ts';
import type { Start } from './configuration.ts';
import { CliError } from './context.ts';
import { packageVersion } from './version.ts';

/** How long requests in flight may take to end after SIGTERM or SIGINT. A second signal ends them. */
const DRAIN_MS = 10_000;

/** A signal so soon after the first is the same: Ctrl-C reaches a launcher as well, which passes it on. */
const SAME_SIGNAL_MS = 1000;

export interface ServeOptions {
  /** Workers that were started already. Default: none were. */
  readonly spares?: SpareWorkers;
  /** Reads the configuration again; absent: it never changes, and SIGHUP is passed over. */
  readonly reload?: () => Configuration;
  /**
   * Called once every listener is open, with the addresses that they listen on and how to come to the
   * dashboard.
   */
  readonly ready?: (addresses: readonly string[], dashboard: Dashboard | null) => void;
  /** How the key of the attached authority is opened. Default: only one that is not encrypted is. */
  readonly unlock?: Unlock;
  /** Where the gateway keeps its state, another place than the configuration says; null: nowhere. */
  readonly stateDir?: string | null;
}

export interface Dashboard {
  readonly url: string;
  /** A link with which whoever follows it first is let in: for a terminal alone. */
  readonly loginUrl: () => string;
}

/**
 * Runs a gateway until SIGTERM or SIGINT, then drains it. Throws CliError where an address can't be
 * listened on, or what was kept in the state's directory can't be used.
 */
export async function serve(start: Start, how: ServeOptions = {}): Promise<void> {
  const live = new LiveConfiguration();
  const options = await firstOptions(start.configuration, live);
  keepHeapSmall();
  const stateDir = how.stateDir === undefined ? options.stateDir : how.stateDir;
  const observation = await openObservation(stateDir, options.admin !== null);
  const { log } = observation;
  // Enrolment alone is served by this process.
  const workers = options.listeners.length === 0 ? 1 : countWorkers(options.workers);
  const spares = how.spares ?? new SpareWorkers(0);
  const host = new AdministeredGateway(await observation.createHost(workers, spares));
  const authority = new AuthorityWatch(host, observation.observing(host), log);
  const service = new AuthorityService(authority, log, how.unlock ?? (() => async () => null));
  const lists = new ListService(service, log);
  const reloader = new Reloader(lists, live, start.configuration, log, DRAIN_MS);
  host.countReloads(reloader.outcomes);
  host.administerBy(() => {
    // It was opened by the configuration that asks for the listener.
    const state = live.state as AdminState;
    return {
      state,
      live: reloader,
      observed: observation.observed,
      explain: async (...question) => {
        const { adminExplainer } = await import('../gateway/admin-explainer.ts');
        return adminExplainer(...question);
      },
      authority: {
        get attached() {
          return service.attached;
        },
        countRelyingOn: (certificate) => host.countRelyingOn(certificate),
        enforceRevocations: () => authority.look(),
      },
      onFault: (error) => log.fault('admin', error),
    };
  });
  const { addresses } = await open(host, reloader, options, observation);
  spares.close();
  observation.begin();
  const stop = stopSignals();
  const onHangup = (): void => void reloader.reload();
  process.on('SIGHUP', onHangup);
  for (const [index, { name, protocol }] of options.listeners.entries()) {
    log.listening(name, addresses[index] ?? name, protocol);
  }
  if (service.address !== null) log.listening('ca', service.address, 'https');
  if (lists.address !== null) log.listening('crl', lists.address, 'http');
  if (host.adminAddress !== null) log.listening('admin', host.adminAddress, 'http');
  how.ready?.(addresses, dashboardOf(host, live));
  // Thousands of files take a while to watch; a change since the start is found as well.
  if (how.reload !== undefined) reloader.watch(how.reload, performance.timeOrigin);
  log.stopping(await stop.first);
  observation.end();
  reloader.close();
  lists.close();
  service.close();
  authority.close();
  await Promise.race([host.close(DRAIN_MS), stop.second.then(() => host.close(0))]);
  live.close();
  process.removeListener('SIGHUP', onHangup);
  observation.close();
}

/** null: it is nowhere that a browser reaches. */
function dashboardOf(
  { adminUrl }: AdministeredGateway,
  { state }: LiveConfiguration,
): Dashboard | null {
  if (adminUrl === null || state === null) return null;
  return {
    url: `${adminUrl}/`,
    loginUrl: () => `${adminUrl}/login?code=${state.sessions.issueCode()}`,
  };
}

/** With the certificates that were made through the admin API. */
async function firstOptions(
  configuration: Configuration,
  live: LiveConfiguration,
): Promise<GatewayOptions> {
  const result = await live.resolve(configuration).catch((error: unknown) => {
    throw error instanceof StateError ? new CliError(error.message) : error;
  });
  if (result.kind === 'resolved') return result.options;
  throw new CliError(result.errors.map(formatProblem).join('\n'));
}

/** What is made through an admin listener must not be shared with another gateway. */
async function openObservation(stateDir: string | null, isOwn: boolean): Promise<Observation> {
  try {
    return await Observation.open(packageVersion(), stateDir, new StandardErrorLog(), isOwn);
  } catch (error) {
    throw error instanceof BindError ? new CliError(error.message) : error;
  }
}

async function open(
  host: AdministeredGateway,
  reloader: Reloader,
  options: GatewayOptions,
  observation: Observation,
): Promise<Applied> {
  try {
    return await reloader.start(options);
  } catch (error) {
    await host.close(0);
    observation.close();
    const isExpected = error instanceof BindError || error instanceof AuthorityError;
    throw isExpected ? new CliError(error.message) : error;
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The first signal to stop, and the second, that of somebody who does not want to wait. */
function stopSignals(): { readonly first: Promise<string>; readonly second: Promise<void> } {
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<void>();
  let firstAt: number | null = null;
  // Never without a listener in between: the signal would end the process.
  const onSignal = (signal: NodeJS.Signals): void => {
    firstAt ??= performance.now();
    first.resolve(signal);
    if (performance.now() - firstAt < SAME_SIGNAL_MS) return;
    for (const name of SIGNALS) process.removeListener(name, onSignal);
    second.resolve();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return { first: first.promise, second: second.promise };
}
