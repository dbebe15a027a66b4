import { availableParallelism } from 'node:os';
import { AdministeredGateway } from '../gateway/administered-gateway.ts';
import { BindError } from '../gateway/bind.ts';
import type { Applied } from '../gateway/gateway.ts';
import { Observation } from '../gateway/observation.ts';
import type { GatewayOptions } from '../gateway/options.ts';
import { type GatewayHost, type Loaded, Reloader } from '../gateway/reload.ts';
import { createStandardErrorLog } from '../observability/standard-error-log.ts';
import { CliError } from './context.ts';
import { packageVersion } from './version.ts';

/** How long requests in flight may take to end after SIGTERM or SIGINT. A second signal ends them. */
const DRAIN_MS = 10_000;

/** A signal so soon after the first is the same: Ctrl-C reaches a launcher as well, which passes it on. */
const SAME_SIGNAL_MS = 1000;

export interface ServeOptions {
  /** Reads the configuration again; absent: it never changes, and SIGHUP is passed over. */
  readonly reload?: () => Loaded;
  /** Called once every listener is open, with the addresses that they and the admin listener listen on. */
  readonly ready?: (addresses: readonly string[], admin: string | null) => void;
  /** Where the gateway keeps its state, another place than the options say; null: nowhere. */
  readonly stateDir?: string | null;
}

/**
 * Runs a gateway until SIGTERM or SIGINT, then drains it. Throws CliError where an address can't be
 * listened on.
 */
export async function serve(options: GatewayOptions, how: ServeOptions = {}): Promise<void> {
  const stateDir = how.stateDir === undefined ? options.stateDir : how.stateDir;
  const observation = await openObservation(stateDir);
  const { log } = observation;
  const workers = options.workers === 'auto' ? availableParallelism() : options.workers;
  const host = new AdministeredGateway(observation.createHost(workers));
  const observed = observation.observed(host);
  const { addresses } = await open(host, observed, options, observation);
  observation.begin();
  const stopped = firstSignal();
  const reloader =
    how.reload === undefined
      ? null
      : new Reloader(observed, options, performance.timeOrigin, how.reload, log, DRAIN_MS);
  const onHangup = (): void => void reloader?.reload();
  process.on('SIGHUP', onHangup);
  for (const [index, { name, protocol }] of options.listeners.entries()) {
    log.listening(name, addresses[index] ?? name, protocol);
  }
  if (host.adminAddress !== null) log.listening('admin', host.adminAddress, 'http');
  how.ready?.(addresses, host.adminAddress);
  log.stopping(await stopped);
  observation.end();
  reloader?.close();
  const impatient = firstSignal(SAME_SIGNAL_MS);
  await Promise.race([host.close(DRAIN_MS), impatient.then(() => host.close(0))]);
  process.removeListener('SIGHUP', onHangup);
  observation.close();
}

async function openObservation(stateDir: string | null): Promise<Observation> {
  try {
    return await Observation.open(packageVersion(), stateDir, createStandardErrorLog());
  } catch (error) {
    throw error instanceof BindError ? new CliError(error.message) : error;
  }
}

async function open(
  host: AdministeredGateway,
  observed: GatewayHost,
  options: GatewayOptions,
  observation: Observation,
): Promise<Applied> {
  try {
    return await observed.apply(options, DRAIN_MS);
  } catch (error) {
    await host.close(0);
    observation.close();
    throw error instanceof BindError ? new CliError(error.message) : error;
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The first signal to stop, passing over those of the next `deafMs` milliseconds. */
function firstSignal(deafMs = 0): Promise<string> {
  const since = performance.now() + deafMs;
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      if (performance.now() < since) return;
      for (const name of SIGNALS) process.removeListener(name, onSignal);
      resolve(signal);
    };
    for (const name of SIGNALS) process.on(name, onSignal);
  });
}
