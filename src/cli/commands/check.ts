import type { Command } from 'commander';
import { loadConfig } from '../../config/load.ts';
import { nodeFileSystem } from '../../config/node-file-system.ts';
import { type ConfigProblem, formatProblem } from '../../config/problem.ts';
import type { ResolveResult } from '../../config/resolve.ts';
import { type CliContext, CliExit } from '../context.ts';

/** Adds `check CONFIG`. */
export function register(program: Command, context: CliContext): void {
  program
    .command('check')
    .description('check a configuration with every file it names, without running it')
    .argument('<config>', 'the configuration, YAML or JSON')
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', HELP)
    .action((config: string, options: { readonly json?: boolean }) => {
      const result = loadConfig(config, {
        cwd: context.cwd,
        variables: context.env,
        fileSystem: nodeFileSystem,
        now: context.now(),
      });
      if (options.json === true) context.stdout(`${JSON.stringify(toJson(result), null, 2)}\n`);
      else printResult(config, result, context);
      if (result.kind === 'invalid') throw new CliExit(1);
    });
}

const HELP = `
Errors are printed to standard error as file:line:column: message, warnings likewise with "warning:"
before the message. The exit status is 1 where there are errors.

Example:
  countersign check gateway.yaml`;

function printResult(config: string, result: ResolveResult, context: CliContext): void {
  if (result.kind === 'invalid') {
    for (const problem of result.errors) context.stderr(`${formatProblem(problem)}\n`);
  }
  for (const problem of result.warnings) {
    context.stderr(`${formatProblem({ ...problem, message: `warning: ${problem.message}` })}\n`);
  }
  if (result.kind === 'invalid') return;
  const { listeners } = result.options;
  const certificates = new Set(
    listeners.flatMap(({ tls }) => [
      ...(tls.fallback === null ? [] : [tls.fallback]),
      ...tls.certificates,
    ]),
  );
  const counts = [count(listeners.length, 'listener'), count(certificates.size, 'certificate')];
  context.stdout(`${config}: valid, ${counts.join(', ')}\n`);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function toJson(result: ResolveResult): unknown {
  return {
    valid: result.kind === 'resolved',
    errors: result.kind === 'invalid' ? result.errors.map(problemJson) : [],
    warnings: result.warnings.map(problemJson),
  };
}

function problemJson({ file, position, message }: ConfigProblem): unknown {
  return { file, line: position?.line ?? null, column: position?.column ?? null, message };
}
