import { Command, CommanderError } from 'commander';
import { visible } from '../pki/visible-text.ts';
import type { CliContext } from './context.ts';
import { CliError, CliExit } from './context.ts';
import { describeFailure } from './failure.ts';

/** One command: a line for the list of commands, and its module, which is loaded only when it is chosen. */
interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{
    readonly register: (program: Command, context: CliContext) => void;
  }>;
}

const commands: readonly CommandEntry[] = [
  {
    name: 'quickstart',
    summary: 'make certificates, run a gateway in front of an echo, print the command to reach it',
    load: () => import('./commands/quickstart.ts'),
  },
  {
    name: 'init',
    summary: 'make a new CA: root and issuing intermediate',
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'issue',
    summary: 'issue a server or client certificate',
    load: () => import('./commands/issue.ts'),
  },
  {
    name: 'list',
    summary: 'list the certificates that the CA issued',
    load: () => import('./commands/list.ts'),
  },
  {
    name: 'token',
    summary: 'permit a machine to get one certificate, once',
    load: () => import('./commands/token.ts'),
  },
  {
    name: 'enroll',
    summary: 'get a certificate from a CA on the network with a token',
    load: () => import('./commands/enroll.ts'),
  },
  {
    name: 'renew',
    summary: 'issue a certificate again before it expires, once or for as long as it runs',
    load: () => import('./commands/renew.ts'),
  },
  {
    name: 'revoke',
    summary: 'revoke a certificate of the CA',
    load: () => import('./commands/revoke.ts'),
  },
  {
    name: 'crl',
    summary: "publish the CA's revocation lists anew",
    load: () => import('./commands/crl.ts'),
  },
  {
    name: 'request',
    summary: 'make a key and a certificate request for another CA',
    load: () => import('./commands/request.ts'),
  },
  {
    name: 'inspect',
    summary: 'show what a certificate, request, CRL, key or PKCS#12 file says',
    load: () => import('./commands/inspect.ts'),
  },
  {
    name: 'connect',
    summary: 'perform a TLS handshake and tell each step, both chains and why it was refused',
    load: () => import('./commands/connect.ts'),
  },
  {
    name: 'explain',
    summary: 'say what a gateway would decide for a client certificate, rule by rule',
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'run',
    summary: 'run the gateway that a configuration file describes',
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'proxy',
    summary: 'run a gateway without a configuration file',
    load: () => import('./commands/proxy.ts'),
  },
  {
    name: 'status',
    summary: 'say how a running gateway does, and who would be refused where it merely observes',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'tail',
    summary: 'follow what a running gateway does, as it happens',
    load: () => import('./commands/tail.ts'),
  },
  {
    name: 'check',
    summary: 'check a configuration without running it',
    load: () => import('./commands/check.ts'),
  },
  {
    name: 'adapt',
    summary: "print another program's configuration as one of ours, or prove what it decides",
    load: () => import('./commands/adapt.ts'),
  },
];

/**
 * Runs one command line and returns the exit status: 0 done; 1 refused, invalid or failed, with one
 * line on standard error; 2 wrong usage.
 */
export async function runCommandLine(
  argv: readonly string[],
  version: string,
  context: CliContext,
): Promise<number> {
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
  const chosen = commands.find((entry) => entry.name === words[0]);
  const program = newProgram(version, context);
  try {
    if (chosen === undefined) {
      for (const entry of commands) program.command(entry.name).description(entry.summary);
    } else {
      const { register } = await chosen.load();
      register(program, context);
    }
    await program.parseAsync([...words], { from: 'user' });
    return 0;
  } catch (error) {
    return statusOf(error, chosen?.name, context);
  }
}

function newProgram(version: string, context: CliContext): Command {
  return new Command('countersign')
    .description('Mutual TLS for any service: certificates, gateway, identities.')
    .version(version)
    .usage('COMMAND [options]')
    .helpCommand(false)
    .addHelpText('after', '\nEach command explains itself: countersign COMMAND --help')
    .exitOverride()
    .configureOutput({ writeOut: context.stdout, writeErr: context.stderr })
    .configureHelp({ showGlobalOptions: false })
    .showSuggestionAfterError();
}

function statusOf(error: unknown, command: string | undefined, context: CliContext): number {
  if (error instanceof CliExit) return error.status;
  // Commander has printed what was wrong with the usage, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const prefix = command === undefined ? 'countersign' : `countersign ${command}`;
  const line = error instanceof CliError ? error.message : describeFailure(error);
  context.stderr(`${prefix}: ${visible(line.replaceAll(/\s*\n\s*/g, ' '))}\n`);
  const debug = context.env['COUNTERSIGN_DEBUG'] ?? '';
  if (debug !== '' && error instanceof Error) context.stderr(`${error.stack}\n`);
  return 1;
}
