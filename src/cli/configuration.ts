import { formatNotice, type Notice } from '../config/adapters/adapter.ts';
import type { ConfigDocument } from '../config/document.ts';
import { loadConfig } from '../config/load.ts';
import { type AdaptedEnvironment, loadAdapted } from '../config/load-adapted.ts';
import { nodeFileSystem } from '../config/node-file-system.ts';
import { formatProblem } from '../config/problem.ts';
import { resolveConfig, type ResolveResult } from '../config/resolve.ts';
import type { GatewayOptions } from '../gateway/options.ts';
import type { Loaded } from '../gateway/reload.ts';
import type { ConfigurationSource } from './configuration-source.ts';
import { type CliContext, CliExit } from './context.ts';

/**
 * The options of a configuration file. Prints every problem and ends with status 1 where there is an
 * error; prints notices and warnings and goes on.
 */
export function optionsFromFile(source: ConfigurationSource, context: CliContext): GatewayOptions {
  const { result, notices } = loadSource(source, context);
  for (const notice of notices) context.stderr(`${formatNotice(notice)}\n`);
  return printed(result, context);
}

/** The same file again, for a gateway that runs already: problems are returned. */
export function reloadedFromFile(source: ConfigurationSource, context: CliContext): Loaded {
  const { result } = loadSource(source, context);
  if (result.kind === 'resolved') return { kind: 'options', options: result.options };
  return { kind: 'invalid', problems: result.errors.map(formatProblem), files: result.files };
}

/** Reads a configuration, our own or another program's. */
export function loadSource(
  { file, adapted }: ConfigurationSource,
  context: CliContext,
): { readonly result: ResolveResult; readonly notices: readonly Notice[] } {
  const environment = loadEnvironment(context);
  if (adapted !== null) return loadAdapted(adapted, environment);
  return { result: loadConfig(file, environment), notices: [] };
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
export function optionsFromValue(
  value: unknown,
  origin: string,
  directory: string,
  context: CliContext,
): GatewayOptions {
  const document: ConfigDocument = { file: origin, value, position: () => null };
  const environment = { directory, fileSystem: nodeFileSystem, now: context.now() };
  return printed(resolveConfig(document, environment), context);
}

function printed(result: ResolveResult, context: CliContext): GatewayOptions {
  for (const warning of result.warnings) context.stderr(`warning: ${formatProblem(warning)}\n`);
  if (result.kind === 'resolved') return result.options;
  for (const error of result.errors) context.stderr(`${formatProblem(error)}\n`);
  throw new CliExit(1);
}
