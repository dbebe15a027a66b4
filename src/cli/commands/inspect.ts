import type { Command } from 'commander';
import { keyMatches } from '../../pki/keys.ts';
import { PemError } from '../../pki/pem.ts';
import { readBoundedFile } from '../bounded-file.ts';
import { type CliContext, CliError } from '../context.ts';
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
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  countersign inspect .countersign/alice.crt')
    .action((file: string, flags: InspectFlags) => inspect(file, flags, context));
}

async function inspect(file: string, flags: InspectFlags, context: CliContext): Promise<void> {
  const { format, items } = await read(file, flags, context);
  const now = context.now();
  const inspections = items.map((item) => inspectionOf(item, now));
  if (flags.json === true) {
    context.stdout(`${JSON.stringify({ file, format, items: inspections }, null, 2)}\n`);
    return;
  }
  const texts = inspections.map((inspection) => inspectionText(inspection, now));
  const summary = `${file}: ${format}${items.length === 1 ? '' : `, ${items.length} parts`}\n`;
  context.stdout([summary, ...texts, keyNote(items)].filter((text) => text !== '').join('\n'));
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
