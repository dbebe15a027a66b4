import type { Refusal } from './decision.ts';
import { byteString } from './subject-set.ts';
import { readSubscription } from './topic-filter.ts';
import { TopicSet } from './topic-set.ts';

/** What a user may publish or subscribe to: topic filters. */
export interface TopicRules {
  /** null: everything. An empty list allows nothing. */
  readonly allow: readonly string[] | null;
  /** Wins over `allow`. */
  readonly deny: readonly string[];
}

/** The permissions of one user on an MQTT broker. */
export interface TopicPermissionOptions {
  readonly publish: TopicRules;
  readonly subscribe: TopicRules;
}

export type TopicAction = 'publish' | 'subscribe';

/**
 * What one user may do with which topic, compiled. Shared by all connections of the user. Topics are
 * byte strings, see `byteString`; what was decided is remembered.
 */
export class TopicPermissions {
  /** Whether nothing has to be asked before a message is published. */
  readonly publishesAll: boolean;
  /** Whether nothing has to be asked before a subscription is made and a message received. */
  readonly subscribesAll: boolean;
  readonly #publish: Rules;
  readonly #subscribe: Rules;
  readonly #published = new Map<string, boolean>();
  readonly #received = new Map<string, boolean>();

  /** Entries are filters; the configuration refuses others beforehand. */
  constructor({ publish, subscribe }: TopicPermissionOptions) {
    this.#publish = compile(publish);
    this.#subscribe = compile(subscribe);
    this.publishesAll = isFree(this.#publish);
    this.subscribesAll = isFree(this.#subscribe);
  }

  /** Whether a message may be published, a will as well. */
  mayPublish(topic: string): boolean {
    return remembered(this.#published, this.#publish, topic);
  }

  /**
   * Whether a subscription may be made: every topic that it stands for is allowed, and none is denied.
   * Of a shared one the filter behind its group counts. False for what is no filter.
   */
  maySubscribe(text: string): boolean {
    const subscription = readSubscription(text);
    if (subscription === null) return false;
    const { allow, deny } = this.#subscribe;
    const { filter } = subscription;
    return (allow === null || allow.covers(filter)) && (deny === null || !deny.overlaps(filter));
  }

  /**
   * Whether a message may be delivered. A broker may bring others than were asked for here: by a
   * subscription that is older than the permissions, or in a session that was somebody else's.
   */
  mayReceive(topic: string): boolean {
    return remembered(this.#received, this.#subscribe, topic);
  }
}

/** The refusal of an action, for the log: `topic` is text. */
export function refuseTopic(user: string, action: TopicAction, topic: string): Refusal {
  return {
    decision: 'refuse',
    code: 'user-not-allowed',
    user,
    detail: `${action} ${JSON.stringify(topic)}`,
  };
}

interface Rules {
  readonly allow: TopicSet | null;
  readonly deny: TopicSet | null;
}

function compile({ allow, deny }: TopicRules): Rules {
  return {
    allow: allow === null ? null : new TopicSet(allow.map(byteString)),
    deny: deny.length === 0 ? null : new TopicSet(deny.map(byteString)),
  };
}

function isFree({ allow, deny }: Rules): boolean {
  return allow === null && deny === null;
}

function allows({ allow, deny }: Rules, topic: string): boolean {
  return (allow === null || allow.has(topic)) && (deny === null || !deny.has(topic));
}

/** Whoever makes up topics starts over and over; long ones are decided each time. */
const MOST_REMEMBERED = 4096;
const LONGEST_REMEMBERED = 256;

function remembered(cache: Map<string, boolean>, rules: Rules, topic: string): boolean {
  let allowed = cache.get(topic);
  if (allowed === undefined) {
    allowed = allows(rules, topic);
    if (cache.size >= MOST_REMEMBERED) cache.clear();
    if (topic.length <= LONGEST_REMEMBERED) cache.set(topic, allowed);
  }
  return allowed;
}
