import type { MqttCredentials, MqttUserOptions } from '../frontends/mqtt/options.ts';
import type { TopicRules } from '../policy/topic-permissions.ts';
import type { ConfigPath } from './problem.ts';
import type { Report } from './report.ts';
import type { Config, UserConfig } from './schema.ts';

/** What the users of `authorization` are on mqtt listeners, by name. What can't be used of one is reported. */
export function resolveMqttUsers(config: Config, report: Report): Map<string, MqttUserOptions> {
  const users = new Map<string, MqttUserOptions>();
  const isMeant = config.listeners?.some(({ protocol }) => protocol === 'mqtt') ?? false;
  for (const [index, user] of (config.authorization?.users ?? []).entries()) {
    const at = ['authorization', 'users', index, 'mqtt'];
    if (isMeant) refuseLongTexts(user, ['authorization', 'users', index], report);
    const { mqtt } = user;
    users.set(user.user, {
      password: user.password ?? null,
      permissions:
        mqtt === undefined
          ? null
          : {
              publish: resolveRules(mqtt.publish, [...at, 'publish'], report),
              subscribe: resolveRules(mqtt.subscribe, [...at, 'subscribe'], report),
            },
      credentials: credentialsOf(user),
    });
  }
  return users;
}

type RulesConfig = NonNullable<NonNullable<UserConfig['mqtt']>['publish']>;

function resolveRules(config: RulesConfig = {}, at: ConfigPath, report: Report): TopicRules {
  for (const key of ['allow', 'deny'] as const) {
    for (const [index, text] of (config[key] ?? []).entries()) {
      if (text.startsWith('$share/')) {
        report.error(
          [...at, key, index],
          'a shared subscription is granted by the filter behind its group: write that alone',
        );
      } else if (!isTopicFilter(text)) {
        report.error(
          [...at, key, index],
          'must be a topic filter such as sensors/+/temperature or sensors/#',
        );
      }
    }
  }
  return { allow: config.allow ?? null, deny: config.deny ?? [] };
}

function refuseLongTexts({ user, upstream }: UserConfig, at: ConfigPath, report: Report): void {
  const texts = [
    [['user'], user],
    [['upstream', 'user'], upstream?.user],
    [['upstream', 'password'], upstream?.password],
  ] as const;
  for (const [path, text] of texts) {
    if (text === undefined || Buffer.byteLength(text) <= LONGEST_TEXT) continue;
    report.error([...at, ...path], `has more than the ${LONGEST_TEXT} bytes that MQTT takes`);
  }
}

const LONGEST_TEXT = 65_535;

/** Levels between slashes, wildcards only as whole levels, `#` only as the last. */
function isTopicFilter(text: string): boolean {
  const levels = text.split('/');
  const last = levels.length - 1;
  return levels.every(
    (level, index) => level === '+' || (level === '#' && index === last) || !/[+#]/.test(level),
  );
}

/** Tokens and nkeys are for NATS: with them alone a user has its own name here. */
function credentialsOf({ upstream }: UserConfig): MqttCredentials | null {
  if (upstream === undefined) return null;
  const { user, password, token, nkey } = upstream;
  if (user !== undefined) return { user, password: password ?? null };
  return token === undefined && nkey === undefined ? { user: null, password: null } : null;
}
