import { createHash, createPrivateKey, type KeyObject, sign, timingSafeEqual } from 'node:crypto';
import { SubjectPermissions } from '../../policy/subject-permissions.ts';
import type { NatsCredentials, NatsUserOptions } from './options.ts';
import type { ConnectCredentials } from './wire/client-connect.ts';

/** A user as its connections need it. */
export interface NatsUser {
  readonly name: string;
  /** null: nothing is asked before a subject is used. */
  readonly permissions: SubjectPermissions | null;
  /** Whether the password, if it has one, is right. Takes as long for a wrong one. */
  takesPassword(password: string | null): boolean;
  /** Who it is at the upstream; null: it has to sign a nonce, and the upstream sent none. */
  credentials(nonce: string | null): ConnectCredentials | null;
}

/** The users of a listener, and what they need to be let in. */
export class NatsUsers {
  /** Whether somebody whose certificate says nothing can be a user by its password. */
  readonly haveLogins: boolean;
  readonly #users = new Map<string, NatsUser>();
  readonly #byPassword = new Map<string, NatsUser>();

  constructor(users: ReadonlyMap<string, NatsUserOptions>) {
    for (const [name, options] of users) {
      const user = makeUser(name, options);
      this.#users.set(name, user);
      if (options.password !== null) this.#byPassword.set(name, user);
    }
    this.haveLogins = this.#byPassword.size > 0;
  }

  /** A user that a certificate was mapped to. */
  mapped(name: string): NatsUser {
    let user = this.#users.get(name);
    if (user === undefined) {
      user = makeUser(name, PLAIN);
      this.#users.set(name, user);
    }
    return user;
  }

  /** The user that somebody is by name and password; null: nobody. A user without a password is never one. */
  logIn(name: string | null, password: string | null): NatsUser | null {
    const user = this.#byPassword.get(name ?? '') ?? NOBODY;
    return user.takesPassword(password) && user !== NOBODY ? user : null;
  }
}

const PLAIN: NatsUserOptions = { password: null, permissions: null, credentials: null };

function makeUser(name: string, options: NatsUserOptions): NatsUser {
  const { password, permissions, credentials } = options;
  const digest = password === null ? null : digestOf(password);
  const key = credentials?.kind === 'nkey' ? createPrivateKey(credentials.keyPem) : null;
  return {
    name,
    permissions: permissions === null ? null : new SubjectPermissions(permissions),
    takesPassword: (sent) => digest === null || timingSafeEqual(digest, digestOf(sent ?? '')),
    credentials: (nonce) => credentialsFor(name, credentials, key, nonce),
  };
}

const NOBODY = makeUser('', { ...PLAIN, password: '' });

function credentialsFor(
  name: string,
  options: NatsCredentials | null,
  key: KeyObject | null,
  nonce: string | null,
): ConnectCredentials | null {
  switch (options?.kind) {
    case undefined:
      return { user: name };
    case 'none':
      return {};
    case 'user':
      return options.password === null
        ? { user: options.user }
        : { user: options.user, pass: options.password };
    case 'token':
      return { auth_token: options.token };
    case 'nkey':
      if (key === null || nonce === null) return null;
      return {
        nkey: options.publicKey,
        sig: sign(null, Buffer.from(nonce), key).toString('base64url'),
      };
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
