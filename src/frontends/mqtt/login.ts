import type { Refusal } from '../../policy/decision.ts';
import { refuseTopic } from '../../policy/topic-permissions.ts';
import type { AcceptedConnection } from '../frontend.ts';
import type { MqttOptions } from './options.ts';
import type { MqttUser, MqttUsers } from './users.ts';
import { REASON, type Reason } from './wire/answers.ts';
import { type Connect, connectPacket, withoutProperty } from './wire/connect.ts';
import { PROPERTY } from './wire/properties.ts';

export type Login =
  | {
      readonly kind: 'admitted';
      /** null: the upstream decides by what the client says of itself. */
      readonly user: MqttUser | null;
      /** CONNECT for the upstream. */
      readonly packet: Buffer;
      /** Another user that the client called itself; null: none. */
      readonly ignored: string | null;
    }
  | {
      readonly kind: 'refused';
      readonly reason: Reason;
      readonly refusal: Refusal;
      /** What was refused, and of whom or which topic. */
      readonly operation: 'CONNECT' | 'WILL';
      readonly name: string;
    };

/**
 * Who the sender of a CONNECT is: the user of its certificate, who must send the password where one is
 * configured; without such a user one by name and password, where users have passwords; otherwise
 * whoever the upstream takes it for. A will is a message like others, and needs the same permission.
 */
export function logIn(
  connect: Connect,
  { principal }: Pick<AcceptedConnection, 'principal'>,
  users: MqttUsers,
  clientId: MqttOptions['clientId'],
): Login {
  const sent = connect.user === null ? null : connect.user.toString('utf8');
  if (principal !== null) {
    const user = users.mapped(principal.user);
    if (!user.takesPassword(connect.password)) return refused(user.name, sent, 'wrong password');
    return asUser(connect, user, sent === user.name ? null : sent, clientId);
  }
  if (users.haveLogins) {
    const user = users.logIn(sent, connect.password);
    if (user === null) return refused(null, sent, 'no user has this name and password');
    return asUser(connect, user, null, clientId);
  }
  if (clientId === 'user') return refused(null, sent, 'no user to take the client identifier from');
  const packet = connectPacket(connect, connect);
  return { kind: 'admitted', user: null, packet, ignored: null };
}

function asUser(
  connect: Connect,
  user: MqttUser,
  ignored: string | null,
  clientId: MqttOptions['clientId'],
): Login {
  const { name, permissions, credentials } = user;
  if (connect.properties?.places.has(PROPERTY.authenticationMethod) === true) {
    // The upstream would take the client for whoever that says it is.
    const refusal = notAllowed(name, 'an authentication method of its own');
    return withRefusal(refusal, ignored ?? name, REASON.badAuthenticationMethod);
  }
  const { will } = connect;
  if (will !== null && permissions?.mayPublish(will.topic.toString('latin1')) === false) {
    const topic = will.topic.toString('utf8');
    return {
      kind: 'refused',
      reason: REASON.notAuthorized,
      refusal: refuseTopic(name, 'publish', topic),
      operation: 'WILL',
      name: topic,
    };
  }
  const named = clientId === 'user' ? { ...connect, clientId: Buffer.from(name) } : connect;
  // Topics have to be read on their way to a client that may not have all.
  const asked =
    permissions?.subscribesAll === false
      ? withoutProperty(named, PROPERTY.topicAliasMaximum)
      : named;
  return { kind: 'admitted', user, packet: connectPacket(asked, credentials), ignored };
}

function refused(user: string | null, sent: string | null, detail: string): Login {
  return withRefusal(notAllowed(user, detail), sent ?? '', REASON.notAuthorized);
}

function withRefusal(refusal: Refusal, name: string, reason: Reason): Login {
  return { kind: 'refused', reason, refusal, operation: 'CONNECT', name };
}

function notAllowed(user: string | null, detail: string): Refusal {
  return { decision: 'refuse', code: 'user-not-allowed', user, detail };
}
