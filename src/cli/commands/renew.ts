import { type Command, InvalidArgumentError } from 'commander';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { renewOverNetwork } from '../../ca/remote-renewal.ts';
import {
  readCertificatesFile,
  type RenewalOptions,
  renewalTime,
  renewFiles,
  type Renewed,
} from '../../ca/renewal.ts';
import {
  addAuthorityOptions,
  type AuthorityFlags,
  openOwnAuthority,
} from '../authority-passphrase.ts';
import { type CliContext, CliError } from '../context.ts';
import { parseDays } from '../leaf-options.ts';
import { pathFrom } from '../shell-text.ts';

interface RenewFlags extends AuthorityFlags {
  readonly days?: number;
  readonly sameKey?: boolean;
  readonly due?: boolean;
  readonly watch?: boolean;
  readonly exec?: string;
  readonly url?: string;
  readonly ca?: string;
  readonly json?: boolean;
}

/** `renew`: the same certificate for a new time. */
export function register(program: Command, context: CliContext): void {
  addAuthorityOptions(program.command('renew'))
    .description(
      'Issue certificates again with the same names, and replace their files and keys in place.',
    )
    .argument(
      '<file...>',
      'certificate files (NAME.crt) with their keys beside them (NAME.key)',
      certificateFile,
    )
    .option('--days <n>', 'days of validity (default: as many as before)', parseDays)
    .option('--same-key', 'keep the key instead of making a new one')
    .option('--due', 'leave alone those that have more than a third of their life before them')
    .option('--watch', 'stay, and renew each when two thirds of its life are over')
    .option('--exec <command>', 'run this in a shell after files were replaced')
    .option(
      '--url <url>',
      'ask the CA that serves there, by mutual TLS with the certificate itself',
    )
    .option('--ca <file>', 'with --url: its trust anchors (default: ca.crt beside the certificate)')
    .option('--json', 'print the result as JSON, one line for each certificate')
    .addHelpText(
      'after',
      "\nExamples:\n  countersign renew .countersign/alice.crt\n  countersign renew /etc/nginx/*.crt --watch --exec 'nginx -s reload'\n  countersign renew /etc/app/alice.crt --url https://ca.example.com:9444 --watch",
    )
    .action((files: string[], flags: RenewFlags) => renew(files, flags, context));
}

/** Commander hands over one file after the other. */
function certificateFile(file: string, before: readonly string[] = []): readonly string[] {
  if (!file.endsWith('.crt')) throw new InvalidArgumentError('It must be a file NAME.crt.');
  return [...before, file];
}

async function renew(
  files: readonly string[],
  flags: RenewFlags,
  context: CliContext,
): Promise<void> {
  if (flags.watch === true) return watch(files, flags, context);
  await renewOnce(files, flags, context, { commandOwed: false });
}

/** What is left over from one time to the next. */
interface Duty {
  /** Files were replaced, and the command has not run well since. */
  commandOwed: boolean;
}

/**
 * Returns when the first of the files is due again, milliseconds since the epoch. A file that fails keeps neither
 * the others nor the command from what they need; the last failure is thrown then, and others are told.
 */
async function renewOnce(
  files: readonly string[],
  flags: RenewFlags,
  context: CliContext,
  duty: Duty,
): Promise<number> {
  const { renewFile, close } = await renewerFor(flags, context);
  let next = Number.POSITIVE_INFINITY;
  const failures: unknown[] = [];
  for (const file of files) {
    try {
      const renewed = await renewFile(pathFrom(context, file), {
        now: context.now(),
        onlyDue: flags.due === true || flags.watch === true,
        key: flags.sameKey === true ? 'same' : 'new',
        ...(flags.days === undefined ? {} : { days: flags.days }),
      });
      duty.commandOwed ||= renewed.kind === 'renewed';
      next = Math.min(next, renewalTime(renewed.certificate));
      if (renewed.kind === 'renewed' || flags.watch !== true)
        context.stdout(report(file, renewed, flags));
    } catch (error) {
      failures.push(error);
    }
  }
  close();
  if (duty.commandOwed && flags.exec !== undefined) {
    const problem = await runCommand(flags.exec);
    duty.commandOwed = problem !== null;
    if (problem !== null) failures.push(new CliError(problem));
  }
  if (failures.length === 0) return next;
  for (const failure of failures.slice(0, -1)) tell(failure, context);
  throw failures.at(-1);
}

function tell(failure: unknown, context: CliContext): void {
  const message = failure instanceof Error ? failure.message : String(failure);
  context.stderr(`countersign renew: ${message}\n`);
}

interface Renewer {
  readonly renewFile: (path: string, options: RenewalOptions) => Promise<Renewed>;
  readonly close: () => void;
}

/** By the authority in a folder, or by one on the network. */
async function renewerFor(flags: RenewFlags, context: CliContext): Promise<Renewer> {
  const { url, ca, days } = flags;
  if (url === undefined) {
    if (ca !== undefined) throw new CliError('--ca has no meaning without --url');
    const authority = await openOwnAuthority(flags, context);
    return {
      renewFile: (path, options) => renewFiles(path, authority, options),
      close: () => authority.journal?.close(),
    };
  }
  if (days !== undefined) throw new CliError('--days is for the authority itself, not for --url');
  return {
    renewFile: async (path, options) => {
      const anchorFile = ca === undefined ? join(dirname(path), 'ca.crt') : pathFrom(context, ca);
      const anchors = await readCertificatesFile(anchorFile);
      return renewOverNetwork(path, { url, anchors }, options);
    },
    close: () => {},
  };
}

/** Most that is slept at a time: a clock that was set forward is noticed after that long. */
const LOOK_MS = 60_000;
/** After a failure. */
const RETRY_MS = 30_000;

async function watch(
  files: readonly string[],
  flags: RenewFlags,
  context: CliContext,
): Promise<void> {
  const duty: Duty = { commandOwed: false };
  for (;;) {
    let next = context.now() + RETRY_MS;
    try {
      next = await renewOnce(files, flags, context, duty);
    } catch (error) {
      tell(error, context);
    }
    // A tenth of a minute to a minute apart, so that many watchers do not renew in the same second.
    const at = next + Math.random() * LOOK_MS;
    while (context.now() < at) await sleep(Math.min(LOOK_MS, at - context.now()));
  }
}

/** What is wrong with how it ended; null: nothing. */
async function runCommand(command: string): Promise<string | null> {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'inherit', 'inherit'] });
  const [status] = (await once(child, 'exit')) as [number | null];
  return status === 0 ? null : `${command}: ended with status ${status ?? 'by a signal'}`;
}

function report(file: string, renewed: Renewed, flags: RenewFlags): string {
  const { certificate, kind } = renewed;
  const notAfter = new Date(certificate.notAfter).toISOString();
  if (flags.json === true) {
    const { serialNumber, fingerprint } = certificate;
    return `${JSON.stringify({ file, renewed: kind === 'renewed', serialNumber, fingerprint, notAfter })}\n`;
  }
  const until = notAfter.slice(0, 10);
  return kind === 'renewed'
    ? `Renewed ${file}: valid until ${until}\n`
    : `${file} is not due: valid until ${until}\n`;
}
