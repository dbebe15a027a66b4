import type { Command } from 'commander';
import { leafPaths, writeRequest } from '../../ca/leaf-files.ts';
import { buildCertificateRequest } from '../../pki/certificate-request.ts';
import { printGeneralName } from '../../pki/general-name.ts';
import { generatePrivateKey } from '../../pki/keys.ts';
import { printName } from '../../pki/name.ts';
import { keySigner } from '../../pki/signer.ts';
import type { CliContext } from '../context.ts';
import {
  addClientOptions,
  addLeafOptions,
  type LeafFlags,
  namesFromFlags,
} from '../leaf-options.ts';
import { ownCommand, pathFrom } from '../shell-text.ts';

/** `request server` and `request client`: a key, and a request for a CA that is not ours. */
export function register(program: Command, context: CliContext): void {
  const request = program
    .command('request')
    .description('Make a key and a certificate request for a public or company CA.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nMore: countersign request server --help, countersign request client --help',
    );
  addLeafOptions(request.command('server'))
    .description('Request a server certificate for host names and IP addresses.')
    .argument(
      '<name...>',
      'host names (also *.example.com) and IP addresses; files are named by the first',
    )
    .addHelpText('after', '\nExample:\n  countersign request server www.example.com example.com')
    .action((names: string[], flags: LeafFlags) => run('server', names, flags, context));
  addClientOptions(request.command('client'))
    .description('Request a client certificate.')
    .argument(
      '<name>',
      'common name, and name of the files; an email address is also a SAN unless SANs are given',
    )
    .addHelpText(
      'after',
      '\nExample:\n  countersign request client alice --email alice@example.com',
    )
    .action((name: string, flags: LeafFlags) => run('client', [name], flags, context));
}

async function run(
  kind: 'server' | 'client',
  words: readonly string[],
  flags: LeafFlags,
  context: CliContext,
): Promise<void> {
  const paths = leafPaths(pathFrom(context, flags.out ?? flags.dir), words[0]);
  const names = namesFromFlags(kind, words, flags);
  const key = await generatePrivateKey(flags.keyType);
  const request = await buildCertificateRequest(names, keySigner(key));
  await writeRequest(paths, key, request, flags.force === true ? 'replace' : 'refuse');
  const subject = printName(names.subject);
  const subjectAltNames = names.subjectAltNames.map(printGeneralName);
  if (flags.json === true) {
    const result = { request: paths.request, key: paths.key, subject, subjectAltNames };
    context.stdout(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  context.stdout(
    [
      `Wrote ${paths.key} and ${paths.request}`,
      `  subject: ${subject || '(empty)'}`,
      ...(subjectAltNames.length === 0 ? [] : [`  names: ${subjectAltNames.join(', ')}`]),
      `Send ${paths.request} to the CA and keep the key; put what it answers, with its intermediates, into ${paths.certificate}.`,
      `Next: ${ownCommand(context, 'inspect', paths.request)}`,
      '',
    ].join('\n'),
  );
}
