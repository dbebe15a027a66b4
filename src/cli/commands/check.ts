import type { Command } from 'commander';
import { formatNotice, type Notice } from '../../config/adapters/adapter.ts';
import { type ConfigProblem, formatProblem } from '../../config/problem.ts';
import type { ResolveResult } from '../../config/resolve.ts';
import { readSource } from '../configuration.ts';
import {
  addAdapterFlags,
  type AdapterFlags,
  configurationSource,
} from '../configuration-source.ts';
import { type CliContext, CliExit } from '../context.ts';

/** Adds `check CONFIG`. */
export function register(program: Command, context: CliContext): void {
  const command = program
    .command('check')
    .description('check a configuration with every file it names, without running it')
    .argument('<config>', 'the configuration, YAML or JSON, or with --adapter of another program')
    .option('--json', 'print the outcome as JSON');
  addAdapterFlags(command)
    .addHelpText('after', HELP)
    .action(async (config: string, flags: AdapterFlags & { readonly json?: boolean }) => {
      const source = await configurationSource(config, flags);
      const { configuration, notices } = readSource(source, context);
      const result = configuration.resolve();
      if (flags.json === true) {
        context.stdout(`${JSON.stringify(toJson(result, notices), null, 2)}\n`);
      } else {
        for (const notice of notices) context.stderr(`${formatNotice(notice)}\n`);
        printResult(config, result, context);
      }
      if (result.kind === 'invalid') throw new CliExit(1);
    });
}

const HELP = `
Errors are printed to standard error as file:line:column: message, warnings likewise with "warning:"
before the message; with --adapter also what has no equivalent, with "notice:". The exit status is 1
where there are errors.

Examples:
  countersign check gateway.yaml
  countersign check nats.conf --adapter nats`;

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

function toJson(result: ResolveResult, notices: readonly Notice[]): unknown {
  return {
    valid: result.kind === 'resolved',
    errors: result.kind === 'invalid' ? result.errors.map(problemJson) : [],
    warnings: result.warnings.map(problemJson),
    notices: notices.map((notice) => ({ ...problemJson(notice), directive: notice.directive })),
  };
}

function problemJson({ file, position, message }: ConfigProblem): object {
  return { file, line: position?.line ?? null, column: position?.column ?? null, message };
}
