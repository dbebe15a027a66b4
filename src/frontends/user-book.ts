import { createHash, timingSafeEqual } from 'node:crypto';

/** What of a configured user decides whether somebody is it. */
interface Credentialed {
  /** What its client must send as well; null: nothing. */
  readonly password: string | null;
}

/** A user as its connections need it. */
export interface BookedUser {
  readonly name: string;
  /** Whether the password, if it has one, is right. Takes as long for a wrong one. */
  takesPassword(password: string | Uint8Array | null): boolean;
}

/** The users of a listener, and what they need to be let in. */
export class UserBook<User extends BookedUser, Options extends Credentialed> {
  /** Whether somebody whose certificate says nothing can be a user by its password. */
  readonly haveLogins: boolean;
  readonly #make: (name: string, options: Options) => User;
  readonly #plain: Options;
  readonly #nobody: User;
  readonly #users = new Map<string, User>();
  readonly #byPassword = new Map<string, User>();

  /** `plain` are the options of a user who is mapped and not among `users`. */
  constructor(
    users: ReadonlyMap<string, Options>,
    plain: Options,
    make: (name: string, options: Options) => User,
  ) {
    this.#make = make;
    this.#plain = plain;
    this.#nobody = make('', { ...plain, password: '' });
    for (const [name, options] of users) {
      const user = make(name, options);
      this.#users.set(name, user);
      if (options.password !== null) this.#byPassword.set(name, user);
    }
    this.haveLogins = this.#byPassword.size > 0;
  }

  /** A user that a certificate was mapped to. */
  mapped(name: string): User {
    let user = this.#users.get(name);
    if (user === undefined) {
      user = this.#make(name, this.#plain);
      this.#users.set(name, user);
    }
    return user;
  }

  /** The user that somebody is by name and password; null: nobody. A user without a password is never one. */
  logIn(name: string | null, password: string | Uint8Array | null): User | null {
    const user = this.#byPassword.get(name ?? '') ?? this.#nobody;
    return user.takesPassword(password) && user !== this.#nobody ? user : null;
  }
}

/** The `takesPassword` of a user with this password. */
export function passwordCheck(password: string | null): BookedUser['takesPassword'] {
  if (password === null) return () => true;
  const digest = digestOf(password);
  return (sent) => timingSafeEqual(digest, digestOf(sent ?? ''));
}

function digestOf(text: string | Uint8Array): Buffer {
  return createHash('sha256').update(text).digest();
}
