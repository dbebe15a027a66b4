import { TopicPermissions } from '../../policy/topic-permissions.ts';
import { type BookedUser, passwordCheck, UserBook } from '../user-book.ts';
import type { MqttUserOptions } from './options.ts';
import type { ConnectCredentials } from './wire/connect.ts';

/** A user as its connections need it. */
export interface MqttUser extends BookedUser {
  /** null: nothing is asked before a topic is used. */
  readonly permissions: TopicPermissions | null;
  /** Who it is at the upstream. */
  readonly credentials: ConnectCredentials;
}

/** The users of an MQTT listener. */
export class MqttUsers extends UserBook<MqttUser, MqttUserOptions> {
  constructor(users: ReadonlyMap<string, MqttUserOptions>) {
    super(users, PLAIN, makeUser);
  }
}

const PLAIN: MqttUserOptions = { password: null, permissions: null, credentials: null };

function makeUser(name: string, { password, permissions, credentials }: MqttUserOptions): MqttUser {
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
    takesPassword: passwordCheck(password),
  };
}
