import type { KeyObject } from 'node:crypto';
import { MaterialError, parseCertificates } from '../config/trust-bundle.ts';
import type { Certificate } from '../pki/certificate.ts';
import { decodePrivateKey, encodePrivateKey, KeyError, keyMatches } from '../pki/keys.ts';
import { printNameForHeader } from '../pki/name.ts';
import { mayIssue } from '../pki/path.ts';
import { encodePem } from '../pki/pem.ts';
import { isSignedBy } from '../pki/signature.ts';

/** What is wrong with one field of a request. */
export interface FieldError {
  /** Such as `client.ca` or `snis[0]`; empty: the request as a whole. */
  readonly path: string;
  readonly message: string;
}

/** A certificate with its key, found good. */
export interface Material {
  readonly kind: 'usable';
  /** Leaf first, each followed by its issuer. */
  readonly chain: readonly [Certificate, ...Certificate[]];
  readonly certificatePem: string;
  /** Not encrypted. */
  readonly keyPem: string;
  /** What was mended, in words. */
  readonly notes: readonly string[];
}

export type MaterialResult =
  | Material
  | { readonly kind: 'refused'; readonly errors: readonly FieldError[] };

const MAX_CHAIN = 16;

/**
 * Reads a certificate chain and its key, PEM, as a request brings them: a wrong order is put right and
 * noted; everything else that would keep clients away is refused. `at` is in milliseconds since the epoch.
 */
export function readMaterial(
  certificate: string,
  key: string,
  passphrase: string | null,
  at: number,
): MaterialResult {
  const presented = readChain(certificate);
  const privateKey = readKey(key, passphrase);
  const errors = [presented, privateKey].flatMap((result) =>
    'error' in result ? [result.error] : [],
  );
  if ('error' in presented || 'error' in privateKey) return { kind: 'refused', errors };
  const leaf = presented.chain.find(({ spki }) => keyMatches(privateKey.key, spki));
  if (leaf === undefined) {
    return refused('key', 'the private key does not belong to the certificate');
  }
  const { chain, unused } = inOrder(leaf, presented.chain);
  const [stray] = unused;
  if (stray !== undefined) {
    const top = chain.at(-1) ?? leaf;
    return refused(
      'certificate',
      `the chain is broken: ${nameOf(stray)} did not issue ${nameOf(top)} or any other certificate of it`,
    );
  }
  const expired = chain.find(({ notAfter }) => at > notAfter);
  if (expired !== undefined) {
    const when = new Date(expired.notAfter).toISOString();
    return refused('certificate', `${nameOf(expired)} expired at ${when}`);
  }
  return {
    kind: 'usable',
    chain,
    certificatePem: chain.map(({ der }) => encodePem('CERTIFICATE', der)).join(''),
    keyPem: encodePrivateKey(privateKey.key),
    notes: notesOn(presented.chain, chain),
  };
}

type Read<Result> = Result | { readonly error: FieldError };

function readChain(text: string): Read<{ readonly chain: readonly Certificate[] }> {
  try {
    const chain = parseCertificates(text);
    if (chain.length <= MAX_CHAIN) return { chain };
    const message = `holds ${chain.length} certificates; a chain has at most ${MAX_CHAIN}`;
    return { error: { path: 'certificate', message } };
  } catch (error) {
    if (!(error instanceof MaterialError)) throw error;
    return { error: { path: 'certificate', message: error.message } };
  }
}

function readKey(text: string, passphrase: string | null): Read<{ readonly key: KeyObject }> {
  try {
    return { key: decodePrivateKey(text, passphrase) };
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    const isAboutPassphrase = error.code === 'encrypted' || error.code === 'wrong-passphrase';
    return { error: { path: isAboutPassphrase ? 'passphrase' : 'key', message: error.message } };
  }
}

function refused(path: string, message: string): MaterialResult {
  return { kind: 'refused', errors: [{ path, message }] };
}

/** From the leaf up, each certificate by the one that issued it. */
function inOrder(
  leaf: Certificate,
  presented: readonly Certificate[],
): { readonly chain: [Certificate, ...Certificate[]]; readonly unused: readonly Certificate[] } {
  const chain: [Certificate, ...Certificate[]] = [leaf];
  const rest = new Map(presented.map((certificate) => [certificate.fingerprint, certificate]));
  rest.delete(leaf.fingerprint);
  for (let top = leaf; ; ) {
    const issuer = [...rest.values()].find(
      (candidate) => mayIssue(candidate, top) && isSignedBy(top, candidate),
    );
    if (issuer === undefined) return { chain, unused: [...rest.values()] };
    chain.push(issuer);
    rest.delete(issuer.fingerprint);
    top = issuer;
  }
}

function notesOn(presented: readonly Certificate[], chain: readonly Certificate[]): string[] {
  if (presented.length > chain.length) {
    return ['a certificate stood in the text more than once: it is kept once'];
  }
  if (presented.every((certificate, index) => certificate === chain[index])) return [];
  return ['the certificates were not in order: they are kept leaf first, each before its issuer'];
}

function nameOf(certificate: Certificate): string {
  const subject = printNameForHeader(certificate.subject);
  return subject === '' ? `the certificate ${certificate.serialNumber}` : `"${subject}"`;
}
