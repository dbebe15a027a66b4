import { type Command, Option } from 'commander';
import type { Language } from '../../diagnostics/finding.ts';
import { readRevocations } from '../../gateway/authority-watch.ts';
import { explainClient } from '../../gateway/explanation.ts';
import type { ImaginedClient } from '../../gateway/imagined-client.ts';
import { listenerFor } from '../../gateway/listener-choice.ts';
import type { GatewayOptions, ListenerOptions } from '../../gateway/options.ts';
import { normalizeServerName } from '../../tls/server-name.ts';
import { optionsFromFile } from '../configuration.ts';
import {
  addAdapterFlags,
  type AdapterFlags,
  configurationSource,
} from '../configuration-source.ts';
import { type CliContext, CliError, CliExit } from '../context.ts';
import { explanationText } from '../explanation-text.ts';
import { readPresentedChain } from '../presented-chain.ts';

interface ExplainFlags extends AdapterFlags {
  readonly config: string;
  readonly listener?: string;
  readonly sni?: string;
  readonly path?: string;
  readonly method?: string;
  readonly host?: string;
  readonly json?: boolean;
  readonly lang: Language;
}

/** `explain`: what the gateway would decide for a certificate. */
export function register(program: Command, context: CliContext): void {
  const command = program
    .command('explain')
    .description('Say rule by rule what a gateway would decide for a client certificate.')
    .argument('<cert...>', "the client's certificate, then its intermediates: PEM, DER or PKCS#12")
    .requiredOption('--config <file>', 'configuration of the gateway')
    .option('--listener <addr>', 'the listener, as in listen (default: the first that fits --sni)')
    .option('--sni <name>', 'server name that the client asks for')
    .option('--path <path>', 'a request for this path as well')
    .addOption(new Option('--method <method>', 'its method (default: GET)').implies({ path: '/' }))
    .addOption(
      new Option('--host <host>', 'its host (default: the server name)').implies({ path: '/' }),
    )
    .option('--json', 'print the decision as JSON')
    .addOption(new Option('--lang <lang>', 'language').choices(['en', 'zh']).default('en'));
  addAdapterFlags(command)
    .addHelpText('after', HELP)
    .action((files: string[], flags: ExplainFlags) => explain(files, flags, context));
}

const HELP = `
Nothing is connected to. The exit status is 0 where the client would be admitted and 1 where not.

Examples:
  countersign explain client.crt --config gateway.yaml
  countersign explain client.crt intermediate.crt --config gateway.yaml --sni test.com --path /ip`;

async function explain(
  files: readonly string[],
  flags: ExplainFlags,
  context: CliContext,
): Promise<void> {
  const chain = await readPresentedChain(files, context);
  const options = optionsFromFile(await configurationSource(flags.config, flags), context);
  const sni = flags.sni === undefined ? null : readServerName(flags.sni);
  const client: ImaginedClient = { chain, sni, request: requestFrom(flags) };
  const listener = chooseListener(options, flags.listener, sni);
  const revocations = await readRevocations(options.authority?.dir ?? null);
  const now = context.now();
  const explanation = await explainClient(listener, client, revocations, now, flags.lang);
  const { decision, user, findings } = explanation;
  if (flags.json === true) {
    context.stdout(`${JSON.stringify({ decision, user, findings }, null, 2)}\n`);
  } else {
    context.stdout(`${files[0]} -> ${listener.name}\n`);
    context.stdout(explanationText(explanation, flags.lang));
  }
  if (decision === 'refuse') throw new CliExit(1);
}

function requestFrom({ path, method, host }: ExplainFlags): ImaginedClient['request'] {
  if (path === undefined) return null;
  if (!path.startsWith('/')) throw new CliError(`--path ${path}: a path begins with /`);
  return { method: (method ?? 'GET').toUpperCase(), authority: host ?? null, path };
}

function readServerName(text: string): string {
  const name = normalizeServerName(Buffer.from(text, 'latin1'));
  if (name === null) throw new CliError(`--sni ${text}: is no host name`);
  return name;
}

/** The one that was named; else the first that has a certificate for the server name; else the first. */
function chooseListener(
  { listeners }: GatewayOptions,
  named: string | undefined,
  sni: string | null,
): ListenerOptions {
  if (named !== undefined) {
    const found = listeners.find(({ name }) => name === named);
    if (found !== undefined) return found;
    const names = listeners.map(({ name }) => name).join(', ');
    throw new CliError(`--listener ${named}: there is none of this name, but ${names}`);
  }
  const chosen = listenerFor(listeners, sni);
  if (chosen === null) throw new CliError('the configuration has no listener');
  return chosen;
}
