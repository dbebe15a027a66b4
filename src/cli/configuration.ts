import { formatNotice, type Notice } from '../config/adapters/adapter.ts';
import type { ConfigDocument } from '../config/document.ts';
import { type Configuration, configurationOf } from '../config/configuration.ts';
import { readConfig } from '../config/load.ts';
import { type AdaptedEnvironment, readAdapted } from '../config/load-adapted.ts';
import { nodeFileSystem } from '../config/node-file-system.ts';
import { formatProblem } from '../config/problem.ts';
import type { GatewayOptions } from '../gateway/options.ts';
import type { ConfigurationSource } from './configuration-source.ts';
import { type CliContext, CliExit } from './context.ts';

/** A configuration with the options that it gives by itself. */
export interface Start {
  readonly configuration: Configuration;
  readonly options: GatewayOptions;
}

/**
 * The options of a configuration file. Prints every problem and ends with status 1 where there is an
 * error; prints notices and warnings and goes on.
 */
export function optionsFromFile(source: ConfigurationSource, context: CliContext): GatewayOptions {
  return startFrom(readSource(source, context), context).options;
}

/** A configuration that was read, and what is to be said about how. */
export interface ReadSource {
  readonly configuration: Configuration;
  readonly notices: readonly Notice[];
}

/** As `optionsFromFile`, of what was read already. */
export function startFrom({ configuration, notices }: ReadSource, context: CliContext): Start {
  for (const notice of notices) context.stderr(`${formatNotice(notice)}\n`);
  return started(configuration, context);
}

/** Reads a configuration, our own or another program's. */
export function readSource(
  { file, adapted }: ConfigurationSource,
  context: CliContext,
): ReadSource {
  const environment = loadEnvironment(context);
  if (adapted !== null) return readAdapted(adapted, environment);
  return { configuration: readConfig(file, environment), notices: [] };
}

export function loadEnvironment(context: CliContext): AdaptedEnvironment {
  return {
    cwd: context.cwd,
    variables: context.env,
    fileSystem: nodeFileSystem,
    now: context.now(),
  };
}

/**
 * The same for a configuration that a command made: `value` as a file would hold it, `origin` its name
 * in problems. Relative paths start from `directory`.
 */
export function startFromValue(
  value: unknown,
  origin: string,
  directory: string,
  context: CliContext,
): Start {
  const document: ConfigDocument = { file: origin, value, position: () => null };
  const environment = { directory, fileSystem: nodeFileSystem, now: context.now() };
  return started(configurationOf(document, environment), context);
}

function started(configuration: Configuration, context: CliContext): Start {
  const result = configuration.resolve();
  for (const warning of result.warnings) context.stderr(`warning: ${formatProblem(warning)}\n`);
  if (result.kind === 'resolved') return { configuration, options: result.options };
  for (const error of result.errors) context.stderr(`${formatProblem(error)}\n`);
  throw new CliExit(1);
}
