import type { Certificate } from '../pki/certificate.ts';
import { decodePrivateKey, KeyError, keyMatches } from '../pki/keys.ts';
import { decodePem, decodePlainPem, encodePem, type PemBlock } from '../pki/pem.ts';
import { readPlainCertificate } from './plain-certificate.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import { MaterialError, parseCertificates } from './trust-bundle.ts';

/** A certificate with its key, read and found to belong together. */
export interface CertificateAndKey {
  /** Certificates alone, whatever else the file held. */
  readonly certPem: string;
  readonly keyPem: string;
  /** Leaf first; the leaf stands in `leaf` as well. */
  readonly chain: readonly Certificate[];
  readonly leaf: Certificate;
}

/** Where certificate and key are. For each exactly one of the two forms has to be given. */
export interface CertificateSource {
  readonly cert_file?: string | undefined;
  readonly cert?: string | undefined;
  readonly key_file?: string | undefined;
  readonly key?: string | undefined;
}

/** The same of a plain certificate, about which there is nothing to be said. */
export interface PlainCertificateAndKey {
  readonly certPem: string;
  readonly keyPem: string;
  /** Server names, lower case; at least one. */
  readonly names: readonly string[];
}

/**
 * Reads a certificate and its key where both are what they nearly always are: a file each, a plain
 * certificate alone in it (`readPlainCertificate`), and its key. null for everything else; nothing is
 * reported, that is for `readCertificateAndKey`, which costs several times as much.
 */
export function readPlainCertificateAndKey(
  source: CertificateSource,
  context: ResolveContext,
): PlainCertificateAndKey | null {
  const { cert_file: certFile, key_file: keyFile } = source;
  if (certFile === undefined || keyFile === undefined) return null;
  if (source.cert !== undefined || source.key !== undefined) return null;
  const certText = context.files.readQuietly(certFile);
  const keyText = context.files.readQuietly(keyFile);
  if (certText === null || keyText === null) return null;
  const asWritten = decodePlainPem(certText, 'CERTIFICATE');
  const der = asWritten ?? onlyCertificate(certText);
  const plain = der === null ? null : readPlainCertificate(der, context.now);
  if (der === null || plain === null || !carriesPublicKey(keyText, plain.spki)) return null;
  const certPem = asWritten === null ? encodePem('CERTIFICATE', der) : certText;
  return { certPem, keyPem: keyText, names: plain.names };
}

function onlyCertificate(text: string): Buffer | null {
  let blocks: PemBlock[];
  try {
    blocks = decodePem(text);
  } catch {
    return null;
  }
  const [block] = blocks;
  return blocks.length === 1 && block?.label === 'CERTIFICATE' ? block.bytes : null;
}

/** Reads a certificate and its key. null where they can't be used, which is reported below `at`. */
export function readCertificateAndKey(
  source: CertificateSource,
  at: ConfigPath,
  context: ResolveContext,
): CertificateAndKey | null {
  const certText = readText(source, 'cert', at, context);
  const keyText = readText(source, 'key', at, context);
  const chain = certText === null ? null : readChain(certText, context);
  const [leaf] = chain ?? [];
  const unfit = leaf === undefined || certText === null ? null : unfitKey(leaf);
  if (unfit !== null && certText !== null) {
    reportSource(certText, unfit, context);
  }
  if (keyText === null) return null;
  const keyWrong = wrongKey(keyText, leaf ?? null, context);
  if (keyWrong !== null) reportSource(keyText, keyWrong, context);
  if (chain === null || leaf === undefined || keyWrong !== null || unfit !== null) return null;
  noteFiles(source, context);
  const certPem = chain.map((certificate) => encodePem('CERTIFICATE', certificate.der)).join('');
  return { certPem, keyPem: keyText.text, chain, leaf };
}

function noteFiles(
  { cert_file: cert, key_file: key }: CertificateSource,
  context: ResolveContext,
): void {
  const { certificateFiles, files } = context;
  if (cert === undefined || key === undefined) return;
  const pair = { certificate: files.absolute(cert), key: files.absolute(key) };
  certificateFiles.set(pair.certificate, pair);
}

interface SourceText {
  readonly text: string;
  readonly at: ConfigPath;
  /** As it was named; null: the text stands in the configuration. */
  readonly file: string | null;
}

function readText(
  source: CertificateSource,
  kind: 'cert' | 'key',
  at: ConfigPath,
  context: ResolveContext,
): SourceText | null {
  const fileKey = `${kind}_file` as const;
  const file = source[fileKey];
  const inline = source[kind];
  if (file !== undefined && inline !== undefined) {
    context.report.error([...at, kind], `stands beside ${fileKey}; give one of the two`);
    return null;
  }
  if (inline !== undefined) return { text: inline, at: [...at, kind], file: null };
  if (file === undefined) {
    context.report.error(at, `${fileKey} is missing`);
    return null;
  }
  const path = [...at, fileKey];
  const text = context.files.read(file, path);
  return text === null ? null : { text, at: path, file };
}

function readChain(source: SourceText, context: ResolveContext): Certificate[] | null {
  try {
    return parseCertificates(source.text);
  } catch (error) {
    if (!(error instanceof MaterialError)) throw error;
    reportSource(source, error.message, context);
    return null;
  }
}

/** Why OpenSSL, at the security level that it has by default, would not serve with the certificate's key. */
function unfitKey({ publicKey: { family, name, bits } }: Certificate): string | null {
  if (family === 'dsa' || family === 'unknown')
    return `TLS has no use for a key of the kind ${name}`;
  const least = family === 'ec' ? MIN_EC_BITS : family.startsWith('rsa') ? MIN_RSA_BITS : 0;
  if (bits === null || bits >= least) return null;
  return `the key (${name}) is too short for TLS; ${least} bits are the least`;
}

const MIN_RSA_BITS = 2048;
const MIN_EC_BITS = 224;

function reportSource({ at, file }: SourceText, message: string, context: ResolveContext): void {
  const place = file === null ? '' : `${context.files.absolute(file)}: `;
  context.report.error(at, `${place}${message}`);
}

function wrongKey(
  { text, file }: SourceText,
  leaf: Certificate | null,
  context: ResolveContext,
): string | null {
  try {
    if (leaf !== null && carriesPublicKey(text, leaf.spki)) return null;
    const key = decodePrivateKey(text);
    if (leaf === null || keyMatches(key, leaf.spki)) return null;
    return 'the private key does not belong to the certificate';
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    if (error.code !== 'encrypted') return error.message;
    const name = file === null ? 'KEY' : context.files.absolute(file);
    return `the private key is encrypted; write it without a passphrase, readable to the gateway alone: (umask 077; openssl pkey -in ${name} -out ${name}.plain)`;
  }
}

/** Bytes at the end of a SubjectPublicKeyInfo that tell an EC or RSA key from every other. */
const TELLING_BYTES = 64;

/**
 * Whether an unencrypted EC or RSA private key holds the public key of the certificate, as nearly all
 * do, byte for byte. Costs a hundredth of what it costs to load the key.
 */
function carriesPublicKey(text: string, spki: Buffer): boolean {
  if (spki.length < TELLING_BYTES + 24) return false;
  const publicKey = spki.subarray(-TELLING_BYTES);
  const asWritten = decodePlainPem(text, 'PRIVATE KEY');
  if (asWritten !== null) return asWritten.includes(publicKey);
  let keys: PemBlock[];
  try {
    keys = decodePem(text).filter((block) => block.label.endsWith('PRIVATE KEY'));
  } catch {
    return false;
  }
  const [key] = keys;
  if (keys.length !== 1 || key === undefined || key.headers.length > 0) return false;
  return key.bytes.includes(publicKey);
}
