import { type Command, Option } from 'commander';
import { publishRevocationLists } from '../../ca/authority-files.ts';
import { type RevocationReason, revocationReasons } from '../../pki/revocation-list-builder.ts';
import {
  addAuthorityOptions,
  type AuthorityFlags,
  openOwnAuthority,
} from '../authority-passphrase.ts';
import { type CliContext, CliError } from '../context.ts';
import { findIssued } from '../issued-certificate.ts';
import { pathFrom } from '../shell-text.ts';

interface RevokeFlags extends AuthorityFlags {
  readonly reason: RevocationReason;
  readonly json?: boolean;
}

/** `revoke`: ends a certificate before its time. */
export function register(program: Command, context: CliContext): void {
  addAuthorityOptions(program.command('revoke'))
    .description('Revoke a certificate that the CA issued, and publish the revocation list.')
    .argument('<certificate>', 'its file, or its serial number (eight first digits are enough)')
    .addOption(
      new Option('--reason <reason>', 'why, as RFC 5280 section 5.3.1 names it')
        .choices(Object.keys(revocationReasons))
        .default('unspecified'),
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  countersign revoke .countersign/alice.crt --reason keyCompromise\n  countersign revoke 5f1c09ab',
    )
    .action((word: string, flags: RevokeFlags) => revoke(word, flags, context));
}

async function revoke(word: string, flags: RevokeFlags, context: CliContext): Promise<void> {
  const dir = pathFrom(context, flags.dir);
  const authority = await openOwnAuthority(flags, context);
  if (authority.journal === null) throw new CliError(`${flags.dir}: no journal`);
  const found = await findIssued(word, authority.journal, context);
  const now = context.now();
  const revoked = authority.revoke(found.serialNumber, flags.reason, now);
  // Also where it was revoked before: a list that could not be written then is written now.
  const list = await publishRevocationLists(dir, authority, now);
  const { subject, serialNumber, revokedAt, reason } =
    revoked.kind === 'unknown' ? found : revoked.entry;
  const at = new Date(revokedAt ?? now).toISOString();
  const isNew = revoked.kind === 'revoked';
  if (flags.json === true) {
    const result = { serialNumber, subject, revokedAt: at, reason, list, alreadyRevoked: !isNew };
    context.stdout(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const name = subject === '' ? serialNumber : `${subject} (serial number ${serialNumber})`;
  context.stdout(
    isNew
      ? `Revoked ${name}: ${reason}\nWrote ${list}\n`
      : `${name} was revoked on ${at.slice(0, 10)} already: ${reason}\nWrote ${list}\n`,
  );
}
