import { type Command, InvalidArgumentError } from 'commander';
import { openTokenDesk } from '../../ca/authority-files.ts';
import { encodeToken } from '../../ca/enrolment-token.ts';
import { fileNameFor } from '../../ca/file-name.ts';
import { nameProblems, namesByProfile } from '../../ca/profile.ts';
import { grantedNames, type TokenGrant } from '../../ca/token-book.ts';
import { printGeneralName } from '../../pki/general-name.ts';
import { printName } from '../../pki/name.ts';
import { type CliContext, CliError } from '../context.ts';
import { addNameOptions, clientNamesFromFlags, type NameFlags } from '../leaf-options.ts';
import { ownCommand, pathFrom } from '../shell-text.ts';

interface TokenFlags extends NameFlags {
  readonly dir: string;
  readonly server?: boolean;
  readonly ttl: number;
  readonly profile?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** `token`: permits a machine to get one certificate. */
export function register(program: Command, context: CliContext): void {
  const command = program
    .command('token')
    .description(
      'Make a token with which a machine gets one certificate, once: it makes its key itself, and the key never leaves it.',
    )
    .argument('<name>', 'common name or host name; files are named by it');
  addNameOptions(command)
    .option('--dir <dir>', 'folder of the authority', '.countersign')
    .option('--server', 'for a server certificate: NAME, --dns and --ip are its names')
    .option('--ttl <time>', 'how long the token is good, such as 90s, 10m, 2h or 7d', parseTtl, TTL)
    .option('--profile <name>', "one of the CA's own profiles")
    .option('--url <url>', 'where the machine reaches the authority (default: as last served)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  countersign token alice --email alice@example.com --ttl 10m\n  countersign token api.example.com --server',
    )
    .action((name: string, flags: TokenFlags) => makeToken(name, flags, context));
}

const TTL = 600_000;
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_TTL = 30 * 86_400_000;

function parseTtl(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ttl = Number(count) * (UNITS[unit] ?? 0);
  if (ttl > 0 && ttl <= MAX_TTL) return ttl;
  throw new InvalidArgumentError('It must be a time such as 10m or 2h, at most 30d.');
}

async function makeToken(name: string, flags: TokenFlags, context: CliContext): Promise<void> {
  const kind = flags.server === true ? 'server' : 'client';
  fileNameFor(name);
  const { root, journal, profiles } = await openTokenDesk(pathFrom(context, flags.dir));
  const profile = profiles.get(flags.profile ?? kind);
  if (profile?.kind !== kind) {
    const known = [...profiles.values()].filter((one) => one.kind === kind).map((one) => one.name);
    throw new CliError(
      `no ${kind} profile is named ${flags.profile}; there are ${known.join(', ')}`,
    );
  }
  const further = clientNamesFromFlags(flags);
  const grant: TokenGrant = { kind, name, further, profile: profile.name };
  const names = namesByProfile(profile, name, grantedNames(grant));
  const problems = nameProblems(profile, names);
  if (problems.length > 0) throw new CliError(`profile ${profile.name}: ${problems.join('; ')}`);
  const url = flags.url ?? journal.tokens.url();
  const now = context.now();
  const expiresAt = now + flags.ttl;
  const secret = journal.tokens.add(grant, expiresAt, now);
  const token = encodeToken({ name, root: root.fingerprint, secret, url });
  const shownNames = names.subjectAltNames.map(printGeneralName);
  const expires = new Date(expiresAt).toISOString();
  if (flags.json === true) {
    const subject = printName(names.subject);
    const result = { token, url, kind, subject, subjectAltNames: shownNames, expires };
    context.stdout(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  context.stdout(
    [
      token,
      `Good once, until ${expires.slice(0, 16).replace('T', ' ')}Z, for a ${kind} certificate`,
      `  subject: ${printName(names.subject) || '(empty)'}`,
      ...(shownNames.length === 0 ? [] : [`  names: ${shownNames.join(', ')}`]),
      `On that machine: ${ownCommand({ ...context, program: 'countersign' }, 'enroll', url ?? 'https://HOST:PORT', '--token', token)}`,
      '',
    ].join('\n'),
  );
}
