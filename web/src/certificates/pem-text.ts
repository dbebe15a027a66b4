import { certificatePem } from './read-certificate.ts';

/** As much as the API takes, bytes. */
const MAX_FILE = 1_048_576;

/** What a file holds, as text; a certificate in DER becomes PEM. null: it is too large to be one. */
export async function pemOf(file: File): Promise<string | null> {
  if (file.size > MAX_FILE) return null;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const isDer = bytes[0] === 0x30 && bytes.some((byte) => byte === 0 || byte > 0x7f);
  return isDer ? certificatePem(bytes) : new TextDecoder().decode(bytes);
}

const KEY_BLOCK = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]*-----END \1-----\s*/g;

/** Takes the private keys out of a text that holds certificates as well. */
export function withoutKeys(text: string): { readonly rest: string; readonly keys: string } {
  const keys = [...text.matchAll(KEY_BLOCK)].map(([block]) => block).join('');
  return { rest: keys === '' ? text : text.replaceAll(KEY_BLOCK, ''), keys };
}

/** The kinds of the private keys in a text, such as `RSA PRIVATE KEY`. */
export function keyKinds(text: string): readonly string[] {
  return [...text.matchAll(/-----BEGIN ([A-Z ]*PRIVATE KEY)-----/g)].map(([, kind = '']) => kind);
}

/** Whether a passphrase is needed to open the key. */
export function isEncrypted(text: string): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text);
}
