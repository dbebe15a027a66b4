import { existsSync } from 'node:fs';
import type { Journal, JournalEntry } from '../ca/journal.ts';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import { type CliContext, CliError } from './context.ts';
import { readPresentedChain } from './presented-chain.ts';
import { pathFrom } from './shell-text.ts';

/** Digits of a serial number that are enough to name a certificate, where only one begins with them. */
const LEAST_DIGITS = 8;

/**
 * The journal's entry of what a user names: a file with the certificate, or its serial number in hex, in
 * whole or its first digits. Throws CliError where there is none, or more than one.
 */
export async function findIssued(
  word: string,
  journal: Journal,
  context: CliContext,
): Promise<JournalEntry> {
  if (existsSync(pathFrom(context, word))) {
    const certificate = await readLeaf(word, context);
    const entry = journal.find(certificate.serialNumber);
    if (entry?.fingerprint === certificate.fingerprint) return entry;
    throw new CliError(`${word}: this authority did not issue that certificate`);
  }
  const digits = word.toLowerCase().replaceAll(/^0x|[:\s]/g, '');
  if (!/^[0-9a-f]+$/.test(digits)) {
    throw new CliError(`${word}: neither a file nor a serial number; list shows serial numbers`);
  }
  const exact = journal.find(digits);
  if (exact !== null) return exact;
  const found =
    digits.length < LEAST_DIGITS
      ? []
      : journal
          .list({ text: digits }, context.now())
          .filter(({ serialNumber }) => serialNumber.startsWith(digits));
  if (found.length === 1) return found[0];
  if (digits.length < LEAST_DIGITS) {
    throw new CliError(
      `${word}: give the first ${LEAST_DIGITS} digits of the serial number at least; list shows them`,
    );
  }
  throw new CliError(
    found.length === 0
      ? `${word}: no certificate of this authority has that serial number; list shows them`
      : `${word}: ${found.length} serial numbers begin with these digits; give more of them`,
  );
}

/** The first certificate of a file. Throws CliError. */
export async function readLeaf(file: string, context: CliContext): Promise<Certificate> {
  const [leaf] = await readPresentedChain([file], context);
  try {
    return parseCertificate(leaf);
  } catch (error) {
    if (error instanceof CertificateError) throw new CliError(`${file}: ${error.message}`);
    throw error;
  }
}
