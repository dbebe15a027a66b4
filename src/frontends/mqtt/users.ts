import { createHash, timingSafeEqual } from 'node:crypto';
import { TopicPermissions } from '../../policy/topic-permissions.ts';
import type { MqttUserOptions } from './options.ts';
import type { ConnectCredentials } from './wire/connect.ts';

/** A user as its connections need it. */
export interface MqttUser {
  readonly name: string;
  /** null: nothing is asked before a topic is used. */
  readonly permissions: TopicPermissions | null;
  /** Who it is at the upstream. */
  readonly credentials: ConnectCredentials;
  /** Whether the password, if it has one, is right. Takes as long for a wrong one. */
  takesPassword(password: Uint8Array | null): boolean;
}

/** The users of a listener, and what they need to be let in. */
export class MqttUsers {
  /** Whether somebody whose certificate says nothing can be a user by its password. */
  readonly haveLogins: boolean;
  readonly #users = new Map<string, MqttUser>();
  readonly #byPassword = new Map<string, MqttUser>();

  constructor(users: ReadonlyMap<string, MqttUserOptions>) {
    for (const [name, options] of users) {
      const user = makeUser(name, options);
      this.#users.set(name, user);
      if (options.password !== null) this.#byPassword.set(name, user);
    }
    this.haveLogins = this.#byPassword.size > 0;
  }

  /** A user that a certificate was mapped to. */
  mapped(name: string): MqttUser {
    let user = this.#users.get(name);
    if (user === undefined) {
      user = makeUser(name, PLAIN);
      this.#users.set(name, user);
    }
    return user;
  }

  /** The user that somebody is by name and password; null: nobody. A user without a password is never one. */
  logIn(name: string | null, password: Uint8Array | null): MqttUser | null {
    const user = this.#byPassword.get(name ?? '') ?? NOBODY;
    return user.takesPassword(password) && user !== NOBODY ? user : null;
  }
}

const PLAIN: MqttUserOptions = { password: null, permissions: null, credentials: null };

function makeUser(name: string, { password, permissions, credentials }: MqttUserOptions): MqttUser {
  const digest = password === null ? null : digestOf(Buffer.from(password));
  const rules = permissions === null ? null : new TopicPermissions(permissions);
  const isFree = rules === null || (rules.publishesAll && rules.subscribesAll);
  const { user, password: secret } = credentials ?? { user: name, password: null };
  return {
    name,
    permissions: isFree ? null : rules,
    credentials: {
      user: user === null ? null : Buffer.from(user),
      password: secret === null ? null : Buffer.from(secret),
    },
    takesPassword: (sent) => digest === null || timingSafeEqual(digest, digestOf(sent ?? EMPTY)),
  };
}

const EMPTY = Buffer.alloc(0);
const NOBODY = makeUser('', { ...PLAIN, password: '' });

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
