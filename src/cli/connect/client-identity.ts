import { type Certificate, parseCertificate } from '../../pki/certificate.ts';
import { CertificateError } from '../../pki/certificate-error.ts';
import { decodePrivateKey, KeyError, keyMatches } from '../../pki/keys.ts';
import { decodeCertificates, decodePem, PemError } from '../../pki/pem.ts';
import { readBoundedFile } from '../bounded-file.ts';
import { CliError, type CliContext } from '../context.ts';
import { pathFrom } from '../shell-text.ts';

/** The certificate that the client is to show. */
export interface ClientIdentity {
  readonly chain: readonly Certificate[];
  readonly certPem: string;
  readonly keyPem: string;
}

const MAX_FILE = 1024 * 1024;

/**
 * Reads the client's certificate and its key; without a file for the key it lies beside the
 * certificate in the same one. Throws CliError.
 */
export async function readClientIdentity(
  certFile: string,
  keyFile: string | undefined,
  context: CliContext,
): Promise<ClientIdentity> {
  const certPem = await readText(certFile, context);
  const chain = parseChain(certPem, certFile);
  const keyText = keyFile === undefined ? certPem : await readText(keyFile, context);
  if (keyFile === undefined && !hasKey(certPem)) {
    throw new CliError(`${certFile}: there is no private key in it; name its file with --key`);
  }
  const keyPem = checkedKey(keyText, keyFile ?? certFile, chain[0], certFile);
  return { chain, certPem, keyPem };
}

/** Reads certificates that the server's are verified by. Throws CliError. */
export async function readTrustAnchors(
  file: string,
  context: CliContext,
): Promise<{ readonly caPem: string; readonly anchors: readonly Certificate[] }> {
  const caPem = await readText(file, context);
  return { caPem, anchors: parseChain(caPem, file) };
}

async function readText(file: string, context: CliContext): Promise<string> {
  return (await readBoundedFile(pathFrom(context, file), MAX_FILE)).toString('utf8');
}

function parseChain(pem: string, file: string): Certificate[] {
  try {
    return decodeCertificates(pem).map(parseCertificate);
  } catch (error) {
    if (error instanceof PemError || error instanceof CertificateError) {
      throw new CliError(`${file}: ${error.message}`);
    }
    throw error;
  }
}

function hasKey(pem: string): boolean {
  return decodePem(pem).some(({ label }) => label.endsWith('PRIVATE KEY'));
}

function checkedKey(text: string, file: string, leaf: Certificate, certFile: string): string {
  try {
    if (!keyMatches(decodePrivateKey(text), leaf.spki)) {
      throw new CliError(`${file}: the key is not that of ${certFile}`);
    }
    return text;
  } catch (error) {
    if (error instanceof KeyError) throw new CliError(`${file}: ${error.message}`);
    throw error;
  }
}
