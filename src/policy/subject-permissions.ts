import type { Refusal } from './decision.ts';
import {
  byteString,
  hasWildcard,
  overlaps,
  queueMatches,
  readEntry,
  type SubjectEntry,
  type SubjectMatch,
  SubjectSet,
} from './subject-set.ts';

/** What a user may publish or subscribe to. */
export interface SubjectRules {
  /** null: everything. An empty list allows nothing. */
  readonly allow: readonly string[] | null;
  /** Wins over `allow`. */
  readonly deny: readonly string[];
}

/** Leave to publish to the reply subject of a message that was received, whatever the rules say. */
export interface ResponseRule {
  /** Most answers to one message; null: no limit. */
  readonly max: number | null;
  /** How long after the message, milliseconds; null: no limit. */
  readonly expiresMs: number | null;
}

/** The permissions of one user, as nats-server has them. Entries are `SUBJECT`, in subscribe also `SUBJECT QUEUE`. */
export interface SubjectPermissionOptions {
  readonly publish: SubjectRules;
  readonly subscribe: SubjectRules;
  /** null: answers are messages like others. Otherwise nothing is published but answers and what `allow` names. */
  readonly responses: ResponseRule | null;
}

export type SubjectAction = 'publish' | 'subscribe';

/**
 * What one user may do with which subject: nats-server's rules (2.9), compiled. Shared by all
 * connections of the user. Subjects are byte strings, see `byteString`; what was decided is remembered.
 */
export class SubjectPermissions {
  /** Whether nothing has to be asked before a message is published. */
  readonly publishesAll: boolean;
  readonly subscribesAll: boolean;
  readonly responses: ResponseRule | null;
  readonly #publish: Rules;
  readonly #subscribe: Rules;
  readonly #received: SubjectSet;
  readonly #denied: readonly string[];
  readonly #published = new Map<string, boolean>();
  readonly #delivered = new Map<string, boolean>();

  /** Entries that are no subjects name nothing; the configuration refuses them beforehand. */
  constructor({ publish, subscribe, responses }: SubjectPermissionOptions) {
    this.responses = responses;
    const allowsAnswersOnly = responses !== null && publish.allow === null;
    this.#publish = compile(allowsAnswersOnly ? { ...publish, allow: [] } : publish);
    this.#subscribe = compile(subscribe);
    this.publishesAll = this.#publish.allow === null && this.#publish.deny === null;
    this.subscribesAll = this.#subscribe.allow === null && this.#subscribe.deny === null;
    const denied = entriesOf(subscribe.deny);
    // Deliveries are no business of queue groups: an entry that names one denies joining it.
    this.#received = new SubjectSet(denied.filter(({ queue }) => queue === null));
    this.#denied = denied.map(({ subject }) => subject);
  }

  /** Whether a message may be published, but for answers. */
  mayPublish(subject: string): boolean {
    let allowed = this.#published.get(subject);
    if (allowed === undefined) {
      const { allow, deny } = this.#publish;
      allowed =
        (allow === null || allow.match(subject).plain) &&
        (deny === null || !deny.match(subject).plain);
      remember(this.#published, subject, allowed);
    }
    return allowed;
  }

  /** `queue` null: without a queue group. */
  maySubscribe(subject: string, queue: string | null): boolean {
    const { allow, deny } = this.#subscribe;
    if (allow !== null && !coversQueue(allow.cover(subject), queue)) return false;
    return deny === null || !coversQueue(deny.match(subject), queue);
  }

  /**
   * Whether an allowed subscription also brings messages that are denied: from then on every message
   * to the connection has to pass `mayReceive`. nats-server 2.9 looks only for entries that the
   * subscription covers whole, and delivers what others deny.
   */
  needsFilter(subject: string): boolean {
    if (this.#denied.length === 0 || !hasWildcard(subject)) return false;
    return this.#denied.some((denied) => overlaps(denied, subject));
  }

  mayReceive(subject: string): boolean {
    let allowed = this.#delivered.get(subject);
    if (allowed === undefined) {
      allowed = !this.#received.match(subject).plain;
      remember(this.#delivered, subject, allowed);
    }
    return allowed;
  }
}

/** The refusal of an action, for the log: `subject` is text, `queue` null where there is none. */
export function refuseSubject(
  user: string,
  action: SubjectAction,
  subject: string,
  queue: string | null,
): Refusal {
  const group = queue === null ? '' : ` using queue ${JSON.stringify(queue)}`;
  return {
    decision: 'refuse',
    code: 'user-not-allowed',
    user,
    detail: `${action} ${JSON.stringify(subject)}${group}`,
  };
}

interface Rules {
  readonly allow: SubjectSet | null;
  readonly deny: SubjectSet | null;
}

function compile({ allow, deny }: SubjectRules): Rules {
  return {
    allow: allow === null ? null : new SubjectSet(entriesOf(allow)),
    deny: deny.length === 0 ? null : new SubjectSet(entriesOf(deny)),
  };
}

function entriesOf(texts: readonly string[]): SubjectEntry[] {
  return texts.flatMap((text) => readEntry(byteString(text)) ?? []);
}

/** An entry without a queue group is about every one; entries with one decide among themselves. */
function coversQueue(match: SubjectMatch, queue: string | null): boolean {
  if (queue !== null && match.queues !== null) return queueMatches(queue, match.queues);
  return match.plain;
}

/** As many as nats-server remembers are plenty; whoever makes up subjects starts over and over. */
const MOST_REMEMBERED = 4096;

function remember(cache: Map<string, boolean>, subject: string, allowed: boolean): void {
  if (cache.size >= MOST_REMEMBERED) cache.clear();
  cache.set(subject, allowed);
}
