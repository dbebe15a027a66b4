import { decodePem, PemError } from '../pki/pem.ts';
import { readBoundedFile } from './bounded-file.ts';
import { type CliContext, CliError } from './context.ts';
import { MAX_INSPECTED_BYTES, readInspectedFile } from './inspected-file.ts';
import { existingP12Password } from './p12-password.ts';
import { pathFrom } from './shell-text.ts';

/**
 * The certificates of some files as a client would present them, DER, in the order of the files and of
 * what is in them. PEM and DER are not looked into, so that a certificate that is no good is presented
 * as well; of PKCS#12 the certificates are taken. Throws CliError where a file holds none.
 */
export async function readPresentedChain(
  files: readonly string[],
  context: CliContext,
): Promise<Buffer[]> {
  const chain: Buffer[] = [];
  for (const file of files) {
    const found = await readFile(file, context);
    if (found.length === 0) throw new CliError(`${file}: there is no certificate in it`);
    chain.push(...found);
  }
  return chain;
}

async function readFile(file: string, context: CliContext): Promise<Buffer[]> {
  const bytes = await readBoundedFile(pathFrom(context, file), MAX_INSPECTED_BYTES);
  try {
    if (bytes.includes('-----BEGIN ')) {
      return decodePem(bytes.toString('utf8'))
        .filter(({ label }) => label === 'CERTIFICATE' || label === 'X509 CERTIFICATE')
        .map(({ bytes: der }) => der);
    }
    return await readBinary(bytes, file, context);
  } catch (error) {
    if (error instanceof PemError) throw new CliError(`${file}: ${error.message}`);
    throw error;
  }
}

async function readBinary(bytes: Buffer, file: string, context: CliContext): Promise<Buffer[]> {
  try {
    const password = (): Promise<string | null> => existingP12Password(undefined, file, context);
    const { format, items } = await readInspectedFile(bytes, password);
    const certificates = items.flatMap((item) =>
      item.type === 'certificate' ? [item.certificate.der] : [],
    );
    if (format === 'PKCS#12' || certificates.length > 0) return certificates;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    // A SEQUENCE that isn't read here may be read by others: let the verdict say what is wrong with it.
    if (bytes[0] !== 0x30 || error.message.startsWith('PKCS#12')) {
      throw new CliError(`${file}: ${error.message}`);
    }
    return [bytes];
  }
  return [];
}
