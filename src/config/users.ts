import type { NatsCredentials, NatsUserOptions } from '../frontends/nats/options.ts';
import { readUserSeed } from '../pki/nkey.ts';
import type { SubjectPermissionOptions, SubjectRules } from '../policy/subject-permissions.ts';
import type { ConfigPath } from './problem.ts';
import type { Report } from './report.ts';
import type { Config, UserConfig } from './schema.ts';

/** The users of `authorization`, by name. What can't be used of one is reported. */
export function resolveUsers(config: Config, report: Report): Map<string, NatsUserOptions> {
  const users = new Map<string, NatsUserOptions>();
  for (const [index, user] of (config.authorization?.users ?? []).entries()) {
    const at = ['authorization', 'users', index];
    if (users.has(user.user)) {
      report.error([...at, 'user'], `${JSON.stringify(user.user)} stands twice`);
    }
    users.set(user.user, {
      password: resolvePassword(user, at, report),
      permissions: resolvePermissions(user.nats, [...at, 'nats'], report),
      credentials: resolveCredentials(user.upstream, [...at, 'upstream'], report),
    });
  }
  return users;
}

function resolvePassword({ password }: UserConfig, at: ConfigPath, report: Report): string | null {
  if (password === undefined) return null;
  if (/^\$2[abxy]\$/.test(password)) {
    report.error(
      [...at, 'password'],
      'a bcrypt hash is not compared with: write the password itself, better as ${VARIABLE}',
    );
  }
  return password;
}

function resolvePermissions(
  config: UserConfig['nats'],
  at: ConfigPath,
  report: Report,
): SubjectPermissionOptions | null {
  if (config === undefined) return null;
  const { allow_responses: responses } = config;
  return {
    publish: resolveRules(config.publish, false, [...at, 'publish'], report),
    subscribe: resolveRules(config.subscribe, true, [...at, 'subscribe'], report),
    responses: responses === undefined ? null : resolveResponses(responses),
  };
}

type RulesConfig = NonNullable<NonNullable<UserConfig['nats']>['publish']>;
type ResponsesConfig = NonNullable<NonNullable<UserConfig['nats']>['allow_responses']>;

function resolveRules(
  config: RulesConfig = {},
  takesQueues: boolean,
  at: ConfigPath,
  report: Report,
): SubjectRules {
  for (const key of ['allow', 'deny'] as const) {
    for (const [index, text] of (config[key] ?? []).entries()) {
      const [subject = '', queue, ...others] = text.split(' ');
      const hasQueue = queue !== undefined && queue !== '' && others.length === 0;
      if (isSubject(subject) && (queue === undefined || (takesQueues && hasQueue))) continue;
      report.error(
        [...at, key, index],
        takesQueues
          ? 'must be a subject such as orders.* or orders.>, or a subject and a queue group with one space between them'
          : 'must be a subject such as orders.* or orders.>',
      );
    }
  }
  return { allow: config.allow ?? null, deny: config.deny ?? [] };
}

/** Tokens between dots, none of them empty, `>` only as the last. */
function isSubject(text: string): boolean {
  const tokens = text.split('.');
  const last = tokens.length - 1;
  return (
    !/\s/.test(text) &&
    tokens.every((token, index) => token !== '' && (token !== '>' || index === last))
  );
}

const MOST_RESPONSES = 1;
const RESPONSE_TIME_MS = 120_000;

function resolveResponses(config: ResponsesConfig): SubjectPermissionOptions['responses'] {
  const { max = MOST_RESPONSES, expires = RESPONSE_TIME_MS } = config === true ? {} : config;
  return { max: max === -1 ? null : max, expiresMs: expires };
}

function resolveCredentials(
  config: UserConfig['upstream'],
  at: ConfigPath,
  report: Report,
): NatsCredentials | null {
  if (config === undefined) return null;
  const { user, password, token, nkey } = config;
  const kinds = [user, token, nkey].filter((value) => value !== undefined);
  if (kinds.length > 1) report.error(at, 'names more than one of user, token and nkey');
  if (password !== undefined && user === undefined) {
    report.error([...at, 'password'], 'needs a user');
  }
  if (token !== undefined) return { kind: 'token', token };
  if (nkey !== undefined) {
    const read = readUserSeed(nkey);
    if (read !== null) return { kind: 'nkey', ...read };
    report.error([...at, 'nkey'], 'is not the seed of a user nkey (SU and 56 more characters)');
  }
  return user === undefined ? { kind: 'none' } : { kind: 'user', user, password: password ?? null };
}
