import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  clientLeafNames,
  type ClientNames,
  type LeafNames,
  serverLeafNames,
} from '../ca/leaf-names.ts';
import { type KeyType, keyTypes } from '../pki/keys.ts';

/** What `issue` and `request` share, as commander hands it over. */
export interface LeafFlags extends NameFlags {
  readonly dir: string;
  readonly out?: string;
  readonly keyType: KeyType;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The names of a certificate; all but the subject are flags of client certificates alone. */
export interface NameFlags {
  readonly subject?: string;
  readonly email?: readonly string[];
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly uri?: readonly string[];
  readonly upn?: readonly string[];
}

/** Adds the flags that server and client certificates share. */
export function addLeafOptions(command: Command): Command {
  return command
    .option('--dir <dir>', 'folder of the authority', '.countersign')
    .option('--out <dir>', 'folder for the new files (default: the folder of the authority)')
    .addOption(keyTypeOption())
    .addOption(subjectOption())
    .option('--force', 'replace files that exist')
    .option('--json', 'print the result as JSON');
}

/** Adds the flags of client certificates. */
export function addClientOptions(command: Command): Command {
  return addSanOptions(addLeafOptions(command));
}

/** Adds the flags that name a certificate's holder. */
export function addNameOptions(command: Command): Command {
  return addSanOptions(command.addOption(subjectOption()));
}

function subjectOption(): Option {
  return new Option(
    '--subject <dn>',
    'subject as RFC 4514 text, most specific first: "CN=alice,OU=ops"',
  );
}

function addSanOptions(command: Command): Command {
  return command
    .option('--email <address>', 'SAN email address; may be repeated', collect)
    .option('--dns <name>', 'SAN host name; may be repeated', collect)
    .option('--ip <address>', 'SAN IP address; may be repeated (no user is matched by it)', collect)
    .option('--uri <uri>', 'SAN URI, such as a SPIFFE ID; may be repeated', collect)
    .option('--upn <user@realm>', 'SAN user principal name; may be repeated', collect);
}

/** The flag that chooses the kind of a new key. */
export function keyTypeOption(): Option {
  return new Option('--key-type <type>', 'kind of the new key').choices(keyTypes).default('p256');
}

/** A whole number of days from 1 to 36500. */
export function parseDays(text: string): number {
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > 36_500) {
    throw new InvalidArgumentError('It must be a whole number of days from 1 to 36500.');
  }
  return days;
}

/** The names that flags and arguments ask for. Throws InvalidNameError. */
export function namesFromFlags(
  kind: 'server' | 'client',
  names: readonly string[],
  flags: LeafFlags,
): LeafNames {
  if (kind === 'server') return serverLeafNames(names, flags.subject);
  return clientLeafNames(names[0], clientNamesFromFlags(flags));
}

/** The names of a client certificate beyond its first. */
export function clientNamesFromFlags(flags: NameFlags): ClientNames {
  return {
    emails: flags.email ?? [],
    dnsNames: flags.dns ?? [],
    ipAddresses: flags.ip ?? [],
    uris: flags.uri ?? [],
    userPrincipalNames: flags.upn ?? [],
    subject: flags.subject,
  };
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
