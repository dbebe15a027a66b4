import type { TopicPermissions } from '../../policy/topic-permissions.ts';
import { REASON, subackPacket, SUBSCRIPTION_FAILED } from './wire/answers.ts';
import type { ProtocolLevel } from './wire/packet.ts';
import { mergedSuback, readSuback, type Subscribe, subscribePacket } from './wire/subscribe.ts';

/** What becomes of a SUBSCRIBE. */
export type SubscribeOutcome =
  /** All of it is granted. */
  | { readonly kind: 'all' }
  /** Nothing of it: this is the answer. */
  | { readonly kind: 'none'; readonly suback: Buffer }
  /** A part: this goes upstream in its place. */
  | { readonly kind: 'part'; readonly subscribe: Buffer }
  /** A part, while too many others wait or its packet identifier is in use. */
  | { readonly kind: 'too-many' };

/** Asks about subscriptions, and puts the SUBACKs of those together that the upstream has a part of. */
export class Subscriptions {
  readonly #level: ProtocolLevel;
  readonly #permissions: TopicPermissions;
  /** Those that the upstream has not answered, by packet identifier: the codes of what was refused here. */
  readonly #parted = new Map<number, readonly (number | null)[]>();

  constructor(level: ProtocolLevel, permissions: TopicPermissions) {
    this.#level = level;
    this.#permissions = permissions;
  }

  /** Whether a SUBACK of the upstream may have to be put together. */
  get isAwaited(): boolean {
    return this.#parted.size > 0;
  }

  /** `refused` is told each filter that is refused. */
  ask(request: Subscribe, refused: (filter: Buffer) => void): SubscribeOutcome {
    const { id, filters } = request;
    const refusal = this.#level === 5 ? REASON.notAuthorized : SUBSCRIPTION_FAILED;
    const codes = filters.map(({ filter }) => {
      if (this.#permissions.maySubscribe(filter.toString('latin1'))) return null;
      refused(filter);
      return refusal;
    });
    const granted = filters.filter((_, index) => codes[index] === null);
    if (granted.length === filters.length) return { kind: 'all' };
    if (granted.length === 0) {
      const all = Buffer.alloc(filters.length, refusal);
      return { kind: 'none', suback: subackPacket(this.#level, id, all) };
    }
    if (this.#parted.has(id) || this.#parted.size >= MOST_PARTED) return { kind: 'too-many' };
    this.#parted.set(id, codes);
    return { kind: 'part', subscribe: subscribePacket(request, granted) };
  }

  /** The SUBACK in the place of the upstream's, which has this body; it itself where nothing was refused. null: it is none. */
  merge(body: Buffer): Buffer | 'same' | null {
    const suback = readSuback(body, this.#level);
    if (suback === null) return null;
    const codes = this.#parted.get(suback.id);
    if (codes === undefined) return 'same';
    this.#parted.delete(suback.id);
    return mergedSuback(suback, codes);
  }
}

const MOST_PARTED = 64;
