export type AuthorityErrorCode =
  /** There is no authority in the folder. */
  | 'missing'
  /** There is one already, and it was not to be replaced. */
  | 'exists'
  /** Another one took its place in the folder while it was open. */
  | 'replaced'
  /** Its files don't belong together or can't be read. */
  | 'damaged'
  /** Its key is encrypted, and nobody gave the passphrase. */
  | 'locked'
  | 'wrong-passphrase'
  | 'expired'
  | 'bad-lifetime'
  | 'weak-key'
  /** Its profile does not allow it. */
  | 'profile'
  /** It would break a rule that certificates keep. */
  | 'lint'
  /** It keeps no record of what it issued. */
  | 'no-journal'
  /** It did not issue that certificate. */
  | 'not-ours'
  | 'revoked';

/** Why the authority can't do what was asked. The message never holds key material. */
export class AuthorityError extends Error {
  override readonly name = 'AuthorityError';
  readonly code: AuthorityErrorCode;

  constructor(code: AuthorityErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
