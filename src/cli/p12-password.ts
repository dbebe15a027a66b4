import { randomInt } from 'node:crypto';
import type { CliContext } from './context.ts';
import { CliError } from './context.ts';

/** The environment variable that holds the password of a PKCS#12 file. */
export const P12_PASSWORD_VARIABLE = 'COUNTERSIGN_P12_PASSWORD';

/** A password and whether it was made up here, so that it has to be told to the user. */
export interface P12Password {
  readonly password: string;
  readonly generated: boolean;
}

/**
 * The password for a new PKCS#12 file: from the flag, the environment, an answer on the terminal, or
 * made up. Programs disagree about empty ones, so they are an error.
 */
export async function newP12Password(
  flag: string | undefined,
  file: string,
  context: CliContext,
): Promise<P12Password> {
  const given = flag ?? context.env[P12_PASSWORD_VARIABLE];
  if (given === '') {
    throw new CliError(`the password for ${file} is empty; give one, or none to have one made`);
  }
  if (given !== undefined) return { password: given, generated: false };
  const answer = await context.askSecret(`Password for ${file} (empty: one is made for you)`);
  if (answer !== null && answer !== '') return { password: answer, generated: false };
  return { password: generatePassword(), generated: true };
}

/** The password of a PKCS#12 file that is read: from the flag, the environment or the terminal; null: nobody to ask. */
export async function existingP12Password(
  flag: string | undefined,
  file: string,
  context: CliContext,
): Promise<string | null> {
  return (
    flag ?? context.env[P12_PASSWORD_VARIABLE] ?? (await context.askSecret(`Password of ${file}`))
  );
}

// 20 of 32 characters that can't be mistaken for one another: 100 bits.
function generatePassword(): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
  const groups = Array.from({ length: 4 }, () =>
    Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join(''),
  );
  return groups.join('-');
}
