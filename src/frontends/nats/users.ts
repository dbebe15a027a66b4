import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { SubjectPermissions } from '../../policy/subject-permissions.ts';
import { type BookedUser, passwordCheck, UserBook } from '../user-book.ts';
import type { NatsCredentials, NatsUserOptions } from './options.ts';
import type { ConnectCredentials } from './wire/client-connect.ts';

/** A user as its connections need it. */
export interface NatsUser extends BookedUser {
  /** null: nothing is asked before a subject is used. */
  readonly permissions: SubjectPermissions | null;
  /** Who it is at the upstream; null: it has to sign a nonce, and the upstream sent none. */
  credentials(nonce: string | null): ConnectCredentials | null;
}

/** The users of a NATS listener. */
export class NatsUsers extends UserBook<NatsUser, NatsUserOptions> {
  constructor(users: ReadonlyMap<string, NatsUserOptions>) {
    super(users, PLAIN, makeUser);
  }
}

const PLAIN: NatsUserOptions = { password: null, permissions: null, credentials: null };

function makeUser(name: string, options: NatsUserOptions): NatsUser {
  const { password, permissions, credentials } = options;
  const key = credentials?.kind === 'nkey' ? createPrivateKey(credentials.keyPem) : null;
  return {
    name,
    permissions: permissions === null ? null : new SubjectPermissions(permissions),
    takesPassword: passwordCheck(password),
    credentials: (nonce) => credentialsFor(name, credentials, key, nonce),
  };
}

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
