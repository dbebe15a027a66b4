import { type Command, Option } from 'commander';
import type { KeyObject } from 'node:crypto';
import type { Authority, IssuedLeaf } from '../../ca/authority.ts';
import { DEFAULT_LEAF_DAYS, namesByProfile, type Profile } from '../../ca/profile.ts';
import { type LeafPaths, leafPaths, writeLeaf } from '../../ca/leaf-files.ts';
import type { CertificateRequest } from '../../pki/certificate-request.ts';
import { encodePublicKey, generatePrivateKey } from '../../pki/keys.ts';
import { writePkcs12 } from '../../pki/pkcs12.ts';
import { refuseExistingFiles } from '../../store/file-set.ts';
import {
  addPassphraseOption,
  openOwnAuthority,
  type PassphraseFlags,
} from '../authority-passphrase.ts';
import { readVerifiedRequest } from '../certificate-request-file.ts';
import { type CliContext, CliError } from '../context.ts';
import { type IssuedBundle, issueReport } from '../issue-report.ts';
import {
  addClientOptions,
  addLeafOptions,
  type LeafFlags,
  namesFromFlags,
  parseDays,
} from '../leaf-options.ts';
import { newP12Password } from '../p12-password.ts';
import { pathFrom } from '../shell-text.ts';

interface IssueFlags extends LeafFlags, PassphraseFlags {
  readonly days?: number;
  readonly profile?: string;
  readonly csr?: string;
  readonly p12?: string;
  readonly p12Password?: string;
}

/** `issue server` and `issue client`: a leaf and its key, or a leaf for a request. */
export function register(program: Command, context: CliContext): void {
  const issue = program
    .command('issue')
    .description('Issue a certificate with its key, or for a certificate request.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nMore: countersign issue server --help, countersign issue client --help',
    );
  addIssueOptions(addLeafOptions(issue.command('server')))
    .description('Issue a server certificate for host names and IP addresses.')
    .argument(
      '<name...>',
      'host names (also *.example.com) and IP addresses; files are named by the first',
    )
    .addHelpText('after', serverHelp)
    .action((names: string[], flags: IssueFlags) => run('server', names, flags, context));
  addIssueOptions(addClientOptions(issue.command('client')))
    .description('Issue a client certificate.')
    .argument(
      '<name>',
      'common name, and name of the files; an email address is also a SAN unless SANs are given',
    )
    .option('--p12 <file>', 'also write key and chain as PKCS#12, for browsers')
    .option(
      '--p12-password <text>',
      'its password (default: COUNTERSIGN_P12_PASSWORD, a question, or one is made)',
    )
    .addHelpText('after', clientHelp)
    .action((name: string, flags: IssueFlags) => run('client', [name], flags, context));
}

const serverHelp = `
Examples:
  countersign issue server localhost 127.0.0.1
  countersign issue server '*.example.com' example.com --days 90
  countersign issue server api.internal --csr api.csr`;
const clientHelp = `
Examples:
  countersign issue client derek@nats.io
  countersign issue client alice --email alice@example.com --p12 alice.p12
  countersign issue client web --subject "CN=web,OU=services" --uri spiffe://example.org/web`;

function addIssueOptions(command: Command): Command {
  const csr = new Option(
    '--csr <file>',
    'take the key from this request instead of making one; its names are not taken',
  );
  return addPassphraseOption(command)
    .option(
      '--days <n>',
      `days of validity (default: ${DEFAULT_LEAF_DAYS}, or the profile's)`,
      parseDays,
    )
    .option('--profile <name>', "one of the CA's own profiles, from ca/profiles.json in its folder")
    .addOption(csr.conflicts(['p12', 'keyType']));
}

async function run(
  kind: 'server' | 'client',
  words: readonly string[],
  flags: IssueFlags,
  context: CliContext,
): Promise<void> {
  const dir = pathFrom(context, flags.dir);
  const paths = leafPaths(flags.out === undefined ? dir : pathFrom(context, flags.out), words[0]);
  const existing = flags.force === true ? 'replace' : 'refuse';
  // What is issued stands in the journal, whether it can be written here or not.
  if (existing === 'refuse') await refuseExistingFiles(plannedPaths(paths, flags, context));
  const authority = await openOwnAuthority(flags, context);
  const profile = profileOf(kind, flags.profile, authority);
  const names = namesByProfile(profile, words[0], namesFromFlags(kind, words, flags));
  const { key, request, publicKey } = await holderOf(flags, context);
  const password =
    flags.p12 === undefined ? null : await newP12Password(flags.p12Password, flags.p12, context);
  const leaf = await authority.issue(profile, {
    ...names,
    publicKey,
    ...(flags.days === undefined ? {} : { days: flags.days }),
    now: context.now(),
    requestedBy: 'command line',
  });
  const bundle =
    key === null || password === null || flags.p12 === undefined
      ? null
      : bundleOf(words[0], key, leaf, { path: pathFrom(context, flags.p12), ...password });
  await writeLeaf(paths, { chain: leaf.chain, key }, existing, bundle === null ? [] : [bundle]);
  const form = flags.json === true ? 'json' : 'text';
  const issued = { kind, dir, paths, leaf, hasKey: key !== null, request, names, bundle };
  context.stdout(issueReport(issued, form, context));
}

function profileOf(
  kind: 'server' | 'client',
  name: string | undefined,
  authority: Authority,
): Profile {
  const profile = authority.profiles.get(name ?? kind);
  if (profile?.kind === kind) return profile;
  const known = [...authority.profiles.values()].filter((one) => one.kind === kind);
  const names = known.map((one) => one.name).join(', ');
  throw new CliError(
    profile === undefined
      ? `no profile is named ${name}; there are ${names}`
      : `profile ${name} is for ${profile.kind} certificates; for ${kind} there are ${names}`,
  );
}

interface Holder {
  /** Null: the holder keeps it. */
  readonly key: KeyObject | null;
  readonly request: CertificateRequest | null;
  readonly publicKey: Buffer;
}

async function holderOf(flags: IssueFlags, context: CliContext): Promise<Holder> {
  if (flags.csr !== undefined) {
    const request = await readVerifiedRequest(pathFrom(context, flags.csr));
    return { key: null, request, publicKey: request.spki };
  }
  const key = await generatePrivateKey(flags.keyType);
  return { key, request: null, publicKey: encodePublicKey(key) };
}

function bundleOf(
  name: string,
  key: KeyObject,
  leaf: IssuedLeaf,
  into: { readonly path: string; readonly password: string; readonly generated: boolean },
): IssuedBundle {
  const contents = writePkcs12(
    {
      privateKey: key.export({ type: 'pkcs8', format: 'der' }),
      certificates: leaf.chain.map((certificate) => certificate.der),
      friendlyName: name,
    },
    into.password,
  );
  return {
    path: into.path,
    contents,
    mode: 0o600,
    newPassword: into.generated ? into.password : null,
  };
}

function plannedPaths(paths: LeafPaths, flags: IssueFlags, context: CliContext): string[] {
  return [
    ...(flags.csr === undefined ? [paths.key] : []),
    paths.certificate,
    ...(flags.p12 === undefined ? [] : [pathFrom(context, flags.p12)]),
  ];
}
