import type { Command } from 'commander';
import { authorityPaths, createAuthority } from '../../ca/authority-files.ts';
import { type KeyType } from '../../pki/keys.ts';
import { printName } from '../../pki/name.ts';
import { newPassphrase } from '../authority-passphrase.ts';
import type { CliContext } from '../context.ts';
import { PASSPHRASE_VARIABLE } from '../passphrase-variable.ts';
import { keyTypeOption } from '../leaf-options.ts';
import { ownCommand, pathFrom } from '../shell-text.ts';

interface InitFlags {
  readonly dir: string;
  readonly name: string;
  readonly keyType: KeyType;
  readonly crlUrl?: string;
  readonly passphrase?: boolean;
  readonly passphraseFile?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `init`: a new authority in a folder. */
export function register(program: Command, context: CliContext): void {
  program
    .command('init')
    .description('Make a new CA: a root, and the issuing intermediate that signs certificates.')
    .option('--dir <dir>', 'folder for the authority', '.countersign')
    .option('--name <cn>', 'common name of the root', 'Countersign CA')
    .addOption(keyTypeOption())
    .option(
      '--crl-url <url>',
      'http:// URL under which ca.crl_listen will be reached; every certificate names its list there',
    )
    .option('--passphrase', 'ask for a passphrase to encrypt the keys with')
    .option(
      '--passphrase-file <file>',
      `the same from the first line of a file (or ${PASSPHRASE_VARIABLE}); without a passphrase the keys are protected by file permissions alone`,
    )
    .option(
      '--force',
      'replace the authority that is there; nothing trusts what it issued any more',
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  countersign init --name "Example Corp CA"\n  countersign init --passphrase',
    )
    .action((flags: InitFlags) => init(flags, context));
}

async function init(flags: InitFlags, context: CliContext): Promise<void> {
  const dir = pathFrom(context, flags.dir);
  const passphrase = await newPassphrase(flags, context);
  const { root, issuing } = await createAuthority(dir, {
    passphrase,
    name: flags.name,
    keyType: flags.keyType,
    listUrl: flags.crlUrl ?? null,
    now: context.now(),
    existing: flags.force === true ? 'replace' : 'refuse',
  });
  const paths = authorityPaths(dir);
  if (flags.json === true) {
    const result = {
      anchors: paths.anchors,
      subject: printName(root.subject),
      fingerprint: root.fingerprint,
      notAfter: new Date(root.notAfter).toISOString(),
      keysEncrypted: passphrase !== null,
      issuing: {
        certificate: paths.issuingCertificate,
        subject: printName(issuing.subject),
        fingerprint: issuing.fingerprint,
        notAfter: new Date(issuing.notAfter).toISOString(),
      },
    };
    context.stdout(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const until = new Date(root.notAfter).toISOString().slice(0, 10);
  const place = flags.dir === '.countersign' ? [] : ['--dir', flags.dir];
  context.stdout(
    [
      `Wrote ${paths.anchors}: the trust anchor ${printName(root.subject)} (valid until ${until})`,
      `Wrote ${paths.issuingCertificate} and its key: the intermediate that signs certificates`,
      `Keep ${paths.rootKey} and ${paths.issuingKey} to yourself; whoever has them${passphrase === null ? '' : ' and the passphrase'} is the CA.`,
      ...(passphrase === null
        ? [
            'Warning: these keys are not encrypted (--passphrase); only their mode, 0600, protects them.',
          ]
        : []),
      `Next: ${ownCommand(context, 'issue', 'server', 'localhost', '127.0.0.1', ...place)}`,
      '',
    ].join('\n'),
  );
}
