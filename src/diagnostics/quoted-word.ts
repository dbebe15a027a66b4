import { visible } from '../pki/visible-text.ts';

const MAX_LENGTH = 200;

/** Foreign text inside a sentence: bounded, and nothing in it can act on a terminal. */
export function shown(text: string): string {
  const safe = visible(text.slice(0, MAX_LENGTH));
  return text.length <= MAX_LENGTH ? safe : `${safe}...`;
}

/** Foreign text as one word of a command that somebody may copy into a shell. */
export function shellWord(text: string): string {
  const word = shown(text);
  return /^[\w@%+=:,./][\w@%+=:,./-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Foreign text as a YAML value: a double-quoted scalar is JSON's, with more escapes. */
export function yamlText(text: string): string {
  return JSON.stringify(text.slice(0, MAX_LENGTH)).replaceAll(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (found) => `\\U${(found.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );
}
