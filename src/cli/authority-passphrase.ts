import type { Command } from 'commander';
import type { Authority } from '../ca/authority.ts';
import { openAuthority, type PassphraseSource } from '../ca/authority-files.ts';
import type { Unlock } from '../gateway/authority-service.ts';
import { readBoundedFile } from './bounded-file.ts';
import { type CliContext, CliError } from './context.ts';
import { PASSPHRASE_VARIABLE } from './passphrase-variable.ts';
import { pathFrom } from './shell-text.ts';

/** How a user gives the passphrase of the authority's keys. */
export interface PassphraseFlags {
  readonly passphraseFile?: string;
}

/** The folder of an authority, and how its key is opened. */
export interface AuthorityFlags extends PassphraseFlags {
  readonly dir: string;
}

const MAX_BYTES = 4096;

/** Adds `--dir` and `--passphrase-file`. */
export function addAuthorityOptions(command: Command): Command {
  return addPassphraseOption(
    command.option('--dir <dir>', 'folder of the authority', '.countersign'),
  );
}

/** Adds `--passphrase-file`. */
export function addPassphraseOption(command: Command): Command {
  return command.option(
    '--passphrase-file <file>',
    `file whose first line opens the authority's key, where it is encrypted (default: ${PASSPHRASE_VARIABLE}, or a question)`,
  );
}

/** Opens the authority for issuing. Throws AuthorityError. */
export function openOwnAuthority(flags: AuthorityFlags, context: CliContext): Promise<Authority> {
  return openAuthority(pathFrom(context, flags.dir), existingPassphrase(flags, context));
}

/** The passphrase of a key that is there: from the file, the environment or the terminal. */
export function existingPassphrase(flags: PassphraseFlags, context: CliContext): PassphraseSource {
  return async (keyPath) =>
    (await givenPassphrase(flags, context)) ??
    (await context.askSecret(`Passphrase of ${keyPath}`));
}

/** The same for a gateway, which asks on the terminal only where it must. */
export function unlockerFor(context: CliContext): Unlock {
  return (passphraseFile, mayAsk) => {
    const flags = passphraseFile === null ? {} : { passphraseFile };
    return mayAsk ? existingPassphrase(flags, context) : () => givenPassphrase(flags, context);
  };
}

/** The passphrase for new keys; `ask`: on the terminal where neither file nor environment has one. Null: none. */
export async function newPassphrase(
  flags: PassphraseFlags & { readonly passphrase?: boolean },
  context: CliContext,
): Promise<string | null> {
  const given = await givenPassphrase(flags, context);
  if (given !== null || flags.passphrase !== true) return given;
  const answer = await context.askSecret('Passphrase for the keys of the authority');
  if (answer === null) {
    throw new CliError(
      `--passphrase asks on a terminal, and there is none: give --passphrase-file, or set ${PASSPHRASE_VARIABLE}`,
    );
  }
  if (answer === '')
    throw new CliError('the passphrase is empty; give one, or leave out --passphrase');
  if ((await context.askSecret('The same once more')) !== answer) {
    throw new CliError('the two passphrases differ; begin again');
  }
  return answer;
}

async function givenPassphrase(
  { passphraseFile }: PassphraseFlags,
  context: CliContext,
): Promise<string | null> {
  if (passphraseFile === undefined) {
    const value = context.env[PASSPHRASE_VARIABLE];
    return value === undefined || value === '' ? null : value;
  }
  const bytes = await readBoundedFile(pathFrom(context, passphraseFile), MAX_BYTES);
  const [line = ''] = bytes.toString('utf8').split(/\r?\n/, 1);
  if (line === '')
    throw new CliError(`${passphraseFile}: its first line is empty; it is the passphrase`);
  return line;
}
