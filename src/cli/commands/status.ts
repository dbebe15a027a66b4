import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { GatewayStatus, ObserveReadiness } from '../../gateway/status.ts';
import { type CliContext, CliError, CliExit } from '../context.ts';
import { readinessText } from '../readiness-text.ts';
import { addGatewayFlags, askGateway, type GatewayFlags } from '../running-gateway.ts';
import { statusText } from '../status-text.ts';

interface StatusFlags extends GatewayFlags {
  readonly readiness?: boolean;
  readonly within: string;
  readonly json?: boolean;
}

const HELP = `
With --readiness the exit status is 0 where nobody would have been refused for so long, and 1 where
somebody would, or where it was not observed for so long.

Examples:
  countersign status --config countersign.yaml
  countersign status --readiness --within 14d`;

/** `status`: how a running gateway does. */
export function register(program: Command, context: CliContext): void {
  const command = program
    .command('status')
    .description('Say how a running gateway does.')
    .option(
      '--readiness',
      'who would be refused where verify is observe, and whether it can be true',
    )
    .option('--within <time>', 'with --readiness: how long nobody may have been refused', '7d')
    .option('--json', 'print it as JSON');
  addGatewayFlags(command)
    .addHelpText('after', HELP)
    .action((flags: StatusFlags) =>
      flags.readiness === true ? readiness(flags, context) : status(flags, context),
    );
}

async function status(flags: StatusFlags, context: CliContext): Promise<void> {
  const answer = await text(await askGateway('/v1/status', flags, context));
  const found = JSON.parse(answer) as GatewayStatus;
  context.stdout(flags.json === true ? json(found) : statusText(found));
}

async function readiness(flags: StatusFlags, context: CliContext): Promise<void> {
  const path = `/v1/readiness?window=${milliseconds(flags.within)}`;
  const found = JSON.parse(await text(await askGateway(path, flags, context))) as ObserveReadiness;
  context.stdout(flags.json === true ? json(found) : readinessText(found, context.now()));
  if (!found.ready) throw new CliExit(1);
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function milliseconds(time: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(time) ?? [];
  const ms = Number(number ?? 0) * (UNITS[unit] ?? 0) * 1000;
  if (ms > 0) return ms;
  throw new CliError(`--within ${time}: give a number with a unit, such as 12h or 7d`);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
