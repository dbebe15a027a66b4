import { Argument, type Command } from 'commander';
import { type AdapterName, formatNotice, type Notice } from '../../config/adapters/adapter.ts';
import { ADAPTER_NAMES, loadAdapter } from '../../config/adapters/adapters.ts';
import { printDocument } from '../../config/adapters/print.ts';
import { adaptFile } from '../../config/load-adapted.ts';
import { formatProblem } from '../../config/problem.ts';
import { decodeCertificates, PemError } from '../../pki/pem.ts';
import { readBoundedFile } from '../bounded-file.ts';
import { loadEnvironment, optionsFromFile } from '../configuration.ts';
import { upstreamOption } from '../configuration-source.ts';
import { type CliContext, CliError, CliExit } from '../context.ts';
import { type NamedChain, proofRows, proofText } from '../proof-report.ts';
import { pathFrom } from '../shell-text.ts';

const HELP = `
Prints the configuration of countersign that means the same. What has no equivalent is said on standard
error, a line each with its place; where leaving it out would let somebody in, that is an error.

With --prove nothing is printed but what would be decided of clients with these certificates. Nothing is
started: the certificates are verified as by a running gateway, OpenSSL's word on them included.

Examples:
  $ countersign adapt nats nats.conf > gateway.yaml
  $ countersign adapt nats nats.conf --prove derek.crt other.crt none
  $ countersign adapt nginx /etc/nginx/nginx.conf --sni example.com --path /api/ --prove client.crt`;

/** Longest certificate file that is read. */
const MAX_CHAIN_BYTES = 1024 * 1024;

interface AdaptFlags {
  readonly upstream?: string;
  readonly prove?: readonly string[];
  readonly sni?: string;
  readonly path?: string;
  readonly json?: true;
}

/** Adds `adapt ADAPTER FILE`. */
export function register(program: Command, context: CliContext): void {
  program
    .command('adapt')
    .description("print another program's configuration as one of ours")
    .addArgument(new Argument('<adapter>', 'whose it is').choices(ADAPTER_NAMES))
    .argument('<file>', 'its configuration')
    .addOption(upstreamOption())
    .option(
      '--prove <cert...>',
      'say what would be decided of clients with these certificates (PEM, leaf first, or DER); none: without one',
    )
    .option('--sni <name>', 'with --prove: the server name that they would send')
    .option('--path <path>', 'with --prove: what they would ask for by GET')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (name: AdapterName, file: string, flags: AdaptFlags) => {
      const adapter = await loadAdapter(name);
      const adapted = { file, adapter, upstream: flags.upstream ?? null };
      if (flags.prove === undefined) {
        if (flags.sni !== undefined || flags.path !== undefined) {
          throw new CliError('--sni and --path have a meaning with --prove only');
        }
        print(adaptFile(adapted, loadEnvironment(context)), flags.json === true, context);
        return;
      }
      const { listeners } = optionsFromFile({ file, adapted }, context);
      const chains = await Promise.all(flags.prove.map((path) => readChain(path, context)));
      const sni = flags.sni?.toLowerCase() ?? null;
      const request =
        flags.path === undefined ? null : { path: flags.path, method: 'GET', authority: null };
      const rows = await proofRows(listeners, chains, { sni, request }, context.now());
      context.stdout(flags.json === true ? toJson(rows) : proofText(rows));
    });
}

function print(adapted: ReturnType<typeof adaptFile>, asJson: boolean, context: CliContext): void {
  const { notices } = adapted;
  if (!asJson) for (const notice of notices) context.stderr(`${formatNotice(notice)}\n`);
  if (adapted.kind === 'invalid') {
    for (const problem of adapted.problems) context.stderr(`${formatProblem(problem)}\n`);
    throw new CliExit(1);
  }
  const { value } = adapted.document;
  if (asJson) context.stdout(toJson({ document: value, notices: notices.map(noticeJson) }));
  else context.stdout(printDocument(value));
}

function noticeJson({ file, position, directive, message }: Notice): object {
  return { file, line: position.line, column: position.column, directive, message };
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The word `none` stands for a client without a certificate. */
async function readChain(name: string, context: CliContext): Promise<NamedChain> {
  if (name === 'none') return { name: 'no certificate', chain: [] };
  const bytes = await readBoundedFile(pathFrom(context, name), MAX_CHAIN_BYTES);
  if (!bytes.includes('-----BEGIN')) return { name, chain: [bytes] };
  try {
    return { name, chain: decodeCertificates(bytes.toString('latin1')) };
  } catch (error) {
    if (error instanceof PemError) throw new CliError(`${name}: ${error.message}`);
    throw error;
  }
}
