import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { GatewayEvent } from '../../observability/event.ts';
import { eventText } from '../../observability/event-text.ts';
import { type CliContext, CliError } from '../context.ts';
import { addGatewayFlags, askGateway, type GatewayFlags } from '../running-gateway.ts';

interface TailFlags extends GatewayFlags {
  readonly refused?: boolean;
  readonly user?: string;
  readonly json?: boolean;
}

const HELP = `
Follows a running gateway from now on, a line an event, until Ctrl-C. Nothing is left out but what comes
faster than it can be read, which is said.

Examples:
  countersign tail --refused
  countersign tail --config countersign.yaml --user alice@example.com --json`;

/** `tail`: the events of a running gateway. */
export function register(program: Command, context: CliContext): void {
  const command = program
    .command('tail')
    .description('Follow what a running gateway does, as it happens.')
    .option('--refused', 'only clients and requests that are refused, or would be')
    .option('--user <name>', 'only this user, or certificates with this subject')
    .option('--json', 'print events as JSON, a line each');
  addGatewayFlags(command)
    .addHelpText('after', HELP)
    .action((flags: TailFlags) => tail(flags, context));
}

async function tail(flags: TailFlags, context: CliContext): Promise<void> {
  const query = new URLSearchParams();
  if (flags.refused === true) query.set('refused', '1');
  if (flags.user !== undefined) query.set('user', flags.user);
  const events = await askGateway(`/v1/events?${query.toString()}`, flags, context);
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    events.destroy();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  // Whoever read it has seen enough.
  process.stdout.once('error', stop);
  events.on('error', () => {});
  const lines = createInterface({ input: events });
  lines.on('line', (line) => {
    context.stdout(flags.json === true ? `${line}\n` : words(line));
  });
  await once(events, 'close');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  if (!isStopped) throw new CliError('the gateway has ended');
}

function words(line: string): string {
  const { time, ...event } = JSON.parse(line) as { readonly time: string } & GatewayEvent;
  const clock = time.slice(11, 19);
  return eventText(event as GatewayEvent)
    .map((text) => `${clock} ${text}\n`)
    .join('');
}
