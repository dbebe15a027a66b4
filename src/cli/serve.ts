import { BindError } from '../gateway/bind.ts';
import { type Gateway, startGateway } from '../gateway/gateway.ts';
import type { GatewayOptions } from '../gateway/options.ts';
import { createJsonLog, type GatewayLog } from '../observability/log.ts';
import { CliError } from './context.ts';

/** How long requests in flight may take to end after SIGTERM or SIGINT. A second signal ends them. */
const DRAIN_MS = 10_000;

/**
 * Runs a gateway until SIGTERM or SIGINT, then drains it. `ready` is called once every listener is
 * open. Throws CliError where an address can't be listened on.
 */
export async function serve(
  options: GatewayOptions,
  ready: (gateway: Gateway) => void | Promise<void> = () => {},
): Promise<void> {
  const log = createJsonLog();
  const gateway = await open(options, log);
  const stopped = firstSignal();
  await ready(gateway);
  log.stopping(await stopped);
  const impatient = firstSignal();
  await Promise.race([gateway.close(DRAIN_MS), impatient.then(() => gateway.close(0))]);
}

async function open(options: GatewayOptions, log: GatewayLog): Promise<Gateway> {
  try {
    return await startGateway(options, log);
  } catch (error) {
    throw error instanceof BindError ? new CliError(error.message) : error;
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

function firstSignal(): Promise<string> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      for (const name of SIGNALS) process.removeListener(name, onSignal);
      resolve(signal);
    };
    for (const name of SIGNALS) process.on(name, onSignal);
  });
}
