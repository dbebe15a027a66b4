import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { leafPaths } from '../../ca/leaf-files.ts';
import { isLoopback, parseListenAddress } from '../../config/listen-address.ts';
import { type Start, startFromValue } from '../configuration.ts';
import { type CliContext, CliError } from '../context.ts';
import { CLIENT_EMAIL, prepareCertificates } from '../quickstart-certificates.ts';
import { serve } from '../serve.ts';
import { shellWord } from '../shell-text.ts';

const EXAMPLE = `
Example:
  $ countersign quickstart

Certificates are kept in --dir and used again the next time; those with less than a third of their life
left are renewed.`;

interface QuickstartFlags {
  readonly dir: string;
  readonly listen: string;
  readonly admin: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('quickstart')
    .description(
      'make certificates, run a gateway in front of an echo, print the command to reach it',
    )
    .option('--dir <dir>', 'where the certificates are kept', '.countersign')
    .option('--listen <addr>', 'where the gateway listens', '127.0.0.1:9443')
    .option('--admin <addr>', 'where the dashboard is served', '127.0.0.1:9180')
    .addHelpText('after', EXAMPLE)
    .action((flags: QuickstartFlags) => quickstart(flags, context));
}

async function quickstart(flags: QuickstartFlags, context: CliContext): Promise<void> {
  const dir = resolve(context.cwd, flags.dir);
  checkLoopback(flags.admin);
  await prepareCertificates(dir, context);
  await serve(startFor(flags, dir, context), {
    ready: ([listening = flags.listen], dashboard) => {
      const url = context.isTerminal === true ? dashboard?.loginUrl() : dashboard?.url;
      context.stdout(welcome(listening, dir, url ?? `http://${flags.admin}/`, context));
    },
  });
}

function startFor(flags: QuickstartFlags, dir: string, context: CliContext): Start {
  const server = leafPaths(dir, 'server');
  const document = {
    listeners: [
      {
        listen: flags.listen,
        protocol: 'https',
        tls: {
          cert_file: server.certificate,
          key_file: server.key,
          verify_and_map: true,
        },
        upstream: 'echo:',
      },
    ],
    admin: { listen: flags.admin },
    authorization: { users: [{ user: CLIENT_EMAIL }] },
    state: { dir },
    ca: { dir },
    workers: 1,
  };
  return startFromValue(document, 'quickstart', dir, context);
}

function checkLoopback(text: string): void {
  const parsed = parseListenAddress(text, (path) => path);
  if (parsed.kind === 'address' && parsed.address.kind === 'tcp') {
    if (isLoopback(parsed.address.host)) return;
  }
  throw new CliError(`--admin ${text}: give a loopback address such as 127.0.0.1:9180`);
}

function welcome(listening: string, dir: string, dashboard: string, context: CliContext): string {
  const file = (name: string): string => shellWord(relative(context.cwd, join(dir, name)));
  const curl = `curl --cacert ${file('ca.crt')} --cert ${file('client.crt')} --key ${file('client.key')} ${reachable(listening)}`;
  return `
The gateway listens on ${listening} and admits clients with a certificate of this CA.
The dashboard is at ${dashboard}

Reach the gateway as ${CLIENT_EMAIL}:

  ${curl}

Leave out --cert and --key to see the refusal. Next: protect a service of your own:

  ${context.program} proxy --listen 127.0.0.1:9444 --to http://127.0.0.1:8080 \\
    --tlscert ${file('server.crt')} --tlskey ${file('server.key')} --tlscacert ${file('ca.crt')} --tlsverify

Ctrl-C stops the gateway; the certificates stay.

`;
}

/** A URL that the server certificate is good for. */
function reachable(listening: string): string {
  const port = listening.slice(listening.lastIndexOf(':') + 1);
  return `https://localhost:${port}/`;
}
