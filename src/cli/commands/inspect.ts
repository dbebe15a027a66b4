import type { Command } from 'commander';
import { keyMatches } from '../../pki/keys.ts';
import { PemError } from '../../pki/pem.ts';
import { readBoundedFile } from '../bounded-file.ts';
import { type ChainVerification, verificationText, verifyItems } from '../chain-verification.ts';
import { type CliContext, CliError, CliExit } from '../context.ts';
import {
  type InspectedFile,
  type InspectedItem,
  MAX_INSPECTED_BYTES,
  readInspectedFile,
} from '../inspected-file.ts';
import { inspectionOf } from '../inspection.ts';
import { inspectionText } from '../inspection-text.ts';
import { existingP12Password } from '../p12-password.ts';
import { pathFrom } from '../shell-text.ts';

interface InspectFlags {
  readonly password?: string;
  readonly ca?: string;
  readonly json?: boolean;
}

/** `inspect`: what a file says, and whom its certificate would be matched as. */
export function register(program: Command, context: CliContext): void {
  program
    .command('inspect')
    .description('Show what a certificate, request, CRL, key or PKCS#12 file says.')
    .argument('<file>', 'PEM, DER or PKCS#12')
    .option(
      '--password <text>',
      'of a PKCS#12 file (default: COUNTERSIGN_P12_PASSWORD, or a question)',
    )
    .option('--ca <file>', 'verify the first certificate against these trust anchors, PEM')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action((file: string, flags: InspectFlags) => inspect(file, flags, context));
}

const HELP = `
With --ca the exit status is 1 where the certificate is not verified. It is verified as a server's where
that is its only purpose, and as a client's otherwise; names of servers and revocation are not looked at.

Examples:
  countersign inspect .countersign/alice.crt
  countersign inspect chain.crt --ca .countersign/ca.crt`;

async function inspect(file: string, flags: InspectFlags, context: CliContext): Promise<void> {
  const { format, items } = await read(file, flags, context);
  const now = context.now();
  const inspections = items.map((item) => inspectionOf(item, now));
  const verification =
    flags.ca === undefined ? null : await verifyAgainst(flags.ca, file, items, context);
  if (flags.json === true) {
    const facts = { file, format, items: inspections, ...(verification && { verification }) };
    context.stdout(`${JSON.stringify(facts, null, 2)}\n`);
  } else {
    const texts = inspections.map((inspection) => inspectionText(inspection, now));
    const summary = `${file}: ${format}${items.length === 1 ? '' : `, ${items.length} parts`}\n`;
    const verified = verification === null ? '' : verificationText(verification);
    const parts = [summary, ...texts, keyNote(items), verified];
    context.stdout(parts.filter((text) => text !== '').join('\n'));
  }
  if (verification?.verified === false) throw new CliExit(1);
}

async function verifyAgainst(
  ca: string,
  file: string,
  items: readonly InspectedItem[],
  context: CliContext,
): Promise<ChainVerification> {
  const anchors = await read(ca, {}, context);
  const verification = verifyItems(items, anchors.items, context.now());
  if (verification === null) throw new CliError(`${file}: there is no certificate to verify`);
  return verification;
}

async function read(
  file: string,
  flags: InspectFlags,
  context: CliContext,
): Promise<InspectedFile> {
  const bytes = await readBoundedFile(pathFrom(context, file), MAX_INSPECTED_BYTES);
  try {
    return await readInspectedFile(bytes, () => existingP12Password(flags.password, file, context));
  } catch (error) {
    if (error instanceof CliError || error instanceof PemError) {
      throw new CliError(`${file}: ${error.message}`);
    }
    throw error;
  }
}

// A key that lies beside a certificate is meant to be its own.
function keyNote(items: readonly InspectedItem[]): string {
  const leaf = items.find((item) => item.type === 'certificate')?.certificate;
  const key = items.find((item) => item.type === 'private-key')?.key ?? null;
  if (leaf === undefined || key === null) return '';
  return keyMatches(key, leaf.spki)
    ? 'The private key belongs to the first certificate.\n'
    : 'The private key does NOT belong to the first certificate.\n';
}
