import { InvalidNameError, quote } from './invalid-name.ts';

/** Longest file name, in bytes of UTF-8, before `.crt` or `.key` is appended. */
const MAX_BYTES = 200;

/**
 * The file name, without extension, under which the certificate for `name` is kept: `*.x` becomes
 * `_wildcard.x`; `/`, `\` and `:` become `_`; everything else stays. Throws InvalidNameError for
 * `ca`, which names the trust anchors, and for what is empty, too long, begins with a dot or a
 * hyphen, begins or ends with a space, or holds characters that can't be seen.
 */
export function fileNameFor(name: string): string {
  const refuse = (reason: string): InvalidNameError =>
    new InvalidNameError('file-name', name, reason);
  if (name === '') throw refuse('a name is needed');
  const unseen = /[\p{C}\p{Zl}\p{Zp}]/u.exec(name);
  if (unseen !== null) {
    throw refuse(`the character ${quote(unseen[0])} can't be part of a file name; leave it out`);
  }
  const file = name.replace(/^\*\./, '_wildcard.').replaceAll(/[/\\:]/g, '_');
  if (file.toLowerCase() === 'ca') {
    throw refuse("ca.crt holds the authority's own certificate; choose another name");
  }
  if (file.includes('*')) throw refuse('a star may only stand first, as in *.example.com');
  if (file.startsWith('.')) throw refuse('a name must not begin with a dot; choose another name');
  if (file.startsWith('-'))
    throw refuse('a name must not begin with a hyphen; choose another name');
  if (file !== file.trim()) throw refuse('a name must not begin or end with a space; leave it out');
  if (Buffer.byteLength(file) > MAX_BYTES) {
    throw refuse(`a name must not be longer than ${MAX_BYTES} bytes; choose a shorter one`);
  }
  return file;
}
