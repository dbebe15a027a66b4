import { type Command, Option } from 'commander';
import { DAY_MS } from '../../ca/authority.ts';
import { openAuthorityJournal } from '../../ca/authority-files.ts';
import { type CertificateStatus, type JournalEntry, statusOf } from '../../ca/journal.ts';
import type { CliContext } from '../context.ts';
import { parseDays } from '../leaf-options.ts';
import { ownCommand, pathFrom } from '../shell-text.ts';

interface ListFlags {
  readonly dir: string;
  readonly status?: CertificateStatus;
  readonly expiring?: number;
  readonly profile?: string;
  readonly json?: boolean;
}

/** `list`: what the authority issued. */
export function register(program: Command, context: CliContext): void {
  program
    .command('list')
    .description('List the certificates that the CA issued, the newest first.')
    .argument('[text]', 'only those with this in subject, SAN or serial number')
    .option('--dir <dir>', 'folder of the authority', '.countersign')
    .addOption(
      new Option('--status <status>', 'only those in this state').choices([
        'valid',
        'expired',
        'revoked',
      ]),
    )
    .option('--expiring <days>', 'only those that expire within so many days', parseDays)
    .option('--profile <name>', 'only those of this profile, such as server or client')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  countersign list\n  countersign list alice --status valid\n  countersign list --expiring 7',
    )
    .action((text: string | undefined, flags: ListFlags) => list(text, flags, context));
}

async function list(
  text: string | undefined,
  flags: ListFlags,
  context: CliContext,
): Promise<void> {
  const { journal } = await openAuthorityJournal(pathFrom(context, flags.dir));
  const now = context.now();
  const { status, profile, expiring } = flags;
  const filter = {
    ...(text === undefined ? {} : { text }),
    ...(status === undefined ? {} : { status }),
    ...(profile === undefined ? {} : { profile }),
    ...(expiring === undefined ? {} : { expiringBefore: now + expiring * DAY_MS }),
  };
  const entries = journal.list(filter, now);
  if (flags.json === true) {
    const shown = entries.map((entry) => jsonEntry(entry, now));
    context.stdout(`${JSON.stringify(shown, null, 2)}\n`);
  } else if (entries.length > 0) {
    context.stdout(table(entries, now));
  } else if (Object.keys(filter).length > 0) {
    context.stdout('No certificate that was issued is like that.\n');
  } else {
    const place = flags.dir === '.countersign' ? [] : ['--dir', flags.dir];
    const next = ownCommand(context, 'issue', 'client', 'alice', ...place);
    context.stdout(`No certificate is listed. Next: ${next}\n`);
  }
}

function jsonEntry(entry: JournalEntry, now: number): unknown {
  const { der: _, notBefore, notAfter, issuedAt, revokedAt, ...rest } = entry;
  return {
    ...rest,
    status: statusOf(entry, now),
    notBefore: new Date(notBefore).toISOString(),
    notAfter: new Date(notAfter).toISOString(),
    issuedAt: new Date(issuedAt).toISOString(),
    revokedAt: revokedAt === null ? null : new Date(revokedAt).toISOString(),
  };
}

function table(entries: readonly JournalEntry[], now: number): string {
  const rows = entries.map((entry) => [
    statusOf(entry, now),
    new Date(entry.notAfter).toISOString().slice(0, 10),
    entry.profile,
    entry.serialNumber,
    nameOf(entry),
  ]);
  const head = ['STATUS', 'EXPIRES', 'PROFILE', 'SERIAL', 'NAME'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd();
  return `${[head, ...rows].map(line).join('\n')}\n`;
}

function nameOf({ subject, subjectAltNames, reason }: JournalEntry): string {
  const names = [subject, ...subjectAltNames].filter((name) => name !== '').join(', ');
  return reason === null ? names : `${names} (${reason})`;
}
