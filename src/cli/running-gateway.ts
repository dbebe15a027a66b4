import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { parseConfigDocument } from '../config/document.ts';
import { formatProblem } from '../config/problem.ts';
import { type CliContext, CliError } from './context.ts';

/** Which running gateway is asked. */
export interface GatewayFlags {
  readonly config?: string;
  readonly dir?: string;
}

/** Adds `--config` and `--dir`. */
export function addGatewayFlags(command: Command): Command {
  return command
    .option('--config <file>', 'the configuration that the gateway runs with')
    .option('--dir <dir>', 'the state directory of the gateway (default: .countersign)');
}

/** Asks the running gateway; resolves to its answer, of status 200. Throws CliError where none runs. */
export async function askGateway(
  path: string,
  flags: GatewayFlags,
  context: CliContext,
): Promise<IncomingMessage> {
  const dir = stateDirectory(flags, context);
  const response = await get(join(dir, 'control.sock'), path, dir);
  if (response.statusCode === 200) return response;
  const body = await text(response);
  throw new CliError(`the gateway answers ${response.statusCode}: ${errorOf(body)}`);
}

function get(socketPath: string, path: string, dir: string): Promise<IncomingMessage> {
  return new Promise((resolve_, reject) => {
    const asked = request({ socketPath, path, host: 'gateway', agent: false }, resolve_);
    asked.on('error', (error: NodeJS.ErrnoException) => reject(explain(error, dir)));
    asked.end();
  });
}

function explain({ code, message }: NodeJS.ErrnoException, dir: string): CliError {
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return new CliError(
        `no gateway runs with the state in ${dir}: start one, or name its configuration (--config) or state directory (--dir)`,
      );
    case 'EACCES':
      return new CliError(
        `${dir}/control.sock: permission denied: ask as the user that the gateway runs as`,
      );
    default:
      return new CliError(`${dir}/control.sock: ${message}`);
  }
}

/** A configuration that is invalid by now names its state all the same: the gateway runs with an older one. */
function stateDirectory({ config, dir }: GatewayFlags, context: CliContext): string {
  if (config !== undefined && dir !== undefined) {
    throw new CliError('--config and --dir name the same thing: give one of them');
  }
  if (config === undefined) return resolve(context.cwd, dir ?? '.countersign');
  const path = resolve(context.cwd, config);
  const parsed = parseConfigDocument(readFileSync(path), config, context.env);
  if (parsed.kind === 'invalid') throw new CliError(parsed.problems.map(formatProblem).join('; '));
  return resolve(dirname(path), configuredDirectory(parsed.document.value) ?? '.countersign');
}

function configuredDirectory(value: unknown): string | null {
  const { dir } = mapping(mapping(value)['state']);
  return typeof dir === 'string' ? dir : null;
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function errorOf(body: string): string {
  try {
    const { error } = mapping(JSON.parse(body));
    return typeof error === 'string' ? error : body;
  } catch {
    return body;
  }
}
